package dev.muster.language;

import dev.muster.language.Sentences.Sentence;
import java.util.List;
import java.util.Map;
import org.springframework.util.function.SingletonSupplier;

/** Sentences of a test's own. */
public final class KnownSentences {

  private KnownSentences() {}

  /** Each by its languages' tags. */
  public static Sentences of(List<Map<String, String>> sentences) {
    return new Sentences(SingletonSupplier.of(sentences.stream().map(Sentence::new).toList()));
  }
}
