package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.factory.FactoryAdministration;
import dev.muster.language.Language;
import dev.muster.language.Words;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestFormat.Encoding;
import dev.muster.manifest.Separator;
import dev.muster.provisioning.FormatTrial;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** How a factory's files differ from everybody's: tried on a sample file, then saved. */
@Page
class FormatPages {

  private final FactoryAdministration factories;
  private final FormatTrial trial;
  private final Words words;

  FormatPages(FactoryAdministration factories, FormatTrial trial, Words words) {
    this.factories = factories;
    this.trial = trial;
    this.words = words;
  }

  /**
   * What was typed into the form: a line for each column, {@code column = value}, or {@code column
   * = value | value}. In front of a {@code =} that is part of a column's name, a {@code |} that is
   * part of a value and a backslash in either there is a backslash; in front of anything else a
   * backslash is one. Defaults and patterns are as they are.
   */
  record Typed(
      @Nullable Separator separator,
      @Nullable Encoding encoding,
      @Nullable String names,
      @Nullable String defaults,
      @Nullable String required,
      @Nullable String allowed,
      @Nullable String patterns,
      @Nullable Boolean trailer) {

    static Typed of(ManifestFormat format) {
      return new Typed(
          format.separator(),
          format.encoding(),
          lines(format.names()),
          lines(format.defaults()),
          String.join("\n", format.required()),
          format.allowed().entrySet().stream()
              .map(one -> name(one.getKey()) + " = " + values(one.getValue()))
              .collect(Collectors.joining("\n")),
          lines(format.patterns()),
          format.trailer());
    }

    /**
     * The format that this is.
     *
     * @throws IllegalArgumentException when it is none; says why
     */
    ManifestFormat format() {
      Map<String, List<String>> values = new LinkedHashMap<>();
      pairs(allowed).forEach((column, some) -> values.put(column, split(some)));
      return new ManifestFormat(
              separator,
              encoding,
              pairs(names),
              pairs(defaults),
              lines(required),
              values,
              pairs(patterns),
              Boolean.TRUE.equals(trailer))
          .agreed();
    }

    private static String lines(Map<String, String> pairs) {
      return pairs.entrySet().stream()
          .map(one -> name(one.getKey()) + " = " + one.getValue())
          .collect(Collectors.joining("\n"));
    }

    private static List<String> lines(@Nullable String typed) {
      return typed == null
          ? List.of()
          : typed.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    private static Map<String, String> pairs(@Nullable String typed) {
      Map<String, String> pairs = new LinkedHashMap<>();
      for (String line : lines(typed)) {
        int equals = next(line, '=', 0);
        if (equals < 1) {
          throw new IllegalArgumentException(
              "'%s' can't be understood: write a column's name, '=' and a value.".formatted(line));
        }
        pairs.put(
            plain(line.substring(0, equals).strip(), '='), line.substring(equals + 1).strip());
      }
      return pairs;
    }

    /** White space tells no names apart, so one of two lines is written on one. */
    private static String name(String name) {
      return escaped(name.replaceAll("[\\r\\n]+", " "), '=');
    }

    private static String values(List<String> values) {
      return values.stream().map(value -> escaped(value, '|')).collect(Collectors.joining(" | "));
    }

    private static List<String> split(String values) {
      List<String> split = new ArrayList<>();
      int from = 0;
      for (int at = next(values, '|', 0); at >= 0; at = next(values, '|', from)) {
        split.add(plain(values.substring(from, at).strip(), '|'));
        from = at + 1;
      }
      split.add(plain(values.substring(from).strip(), '|'));
      return split;
    }

    private static String escaped(String text, char separator) {
      return text.replace("\\", "\\\\").replace("" + separator, "\\" + separator);
    }

    private static String plain(String text, char separator) {
      return text.replaceAll("\\\\([\\\\" + separator + "])", "$1");
    }

    /** Where the next separator is that is none of what it separates; -1: nowhere. */
    private static int next(String text, char separator, int from) {
      for (int at = from; at < text.length(); at++) {
        if (text.charAt(at) == separator) {
          return at;
        }
        boolean escapes =
            text.charAt(at) == '\\'
                && (text.startsWith("\\", at + 1) || text.startsWith("" + separator, at + 1));
        at += escapes ? 1 : 0;
      }
      return -1;
    }
  }

  @GetMapping("/factories/{id}/format")
  String form(@PathVariable String id, Model model) {
    Callers.mustMay(Permission.FACTORY_READ);
    mustBeThere(id);
    return form(model, id, Typed.of(factories.format(id)), null);
  }

  @PostMapping("/factories/{id}/format")
  String save(
      @PathVariable String id,
      Typed typed,
      @RequestParam(required = false) @Nullable MultipartFile sample,
      @RequestParam(required = false) @Nullable String save,
      Model model,
      RedirectAttributes redirect)
      throws IOException {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    mustBeThere(id);
    ManifestFormat format;
    try {
      format = typed.format();
    } catch (IllegalArgumentException e) {
      model.addAttribute("wrongIn", Language.EN.tag());
      return form(model, id, typed, String.valueOf(e.getMessage()));
    }
    if (save != null) {
      factories.changeFormat(id, format);
      redirect.addFlashAttribute("done", words.of("factories.done.format", id));
      return "redirect:/factories/" + id;
    }
    if (sample == null
        || sample.isEmpty()
        || sample.getSize() > (long) FormatTrial.MOST_MEGABYTES << 20) {
      return form(
          model, id, typed, words.of("factories.format.choose-sample", FormatTrial.MOST_MEGABYTES));
    }
    try (InputStream in = sample.getInputStream()) {
      model.addAttribute("tried", trial.on(in, id, format));
    }
    return form(model, id, typed, null);
  }

  private static String form(Model model, String id, Typed typed, @Nullable String wrong) {
    model.addAttribute("id", id);
    model.addAttribute("typed", typed);
    model.addAttribute("wrong", wrong);
    return "format";
  }

  private void mustBeThere(String id) {
    if (factories.find(id).isEmpty()) {
      throw new NotThereException("factory", id);
    }
  }
}
