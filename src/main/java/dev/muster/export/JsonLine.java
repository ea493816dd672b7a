package dev.muster.export;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.json.JsonMapper;

/** A value as JSON on one line, with what is absent as null. */
public final class JsonLine {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .changeDefaultPropertyInclusion(
              included -> included.withValueInclusion(JsonInclude.Include.ALWAYS))
          .build();

  private JsonLine() {}

  public static String of(Object value) {
    return MAPPER.writeValueAsString(value);
  }
}
