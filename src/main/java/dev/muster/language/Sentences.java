package dev.muster.language;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What services say, in the reader's language. They say it in English, and much of it stands in the
 * database as it was said; so who shows it looks for the sentence that it was made of. Those are in
 * {@code said/*.yaml}, each in English, as the code has it, and in the other languages; {@code %d},
 * {@code %,d} and {@code %s} in them are what was put in (see
 * docs/decisions/0061-three-languages.md).
 */
@Component
public class Sentences {

  /** A sentence that quotes one that quotes another. */
  private static final int DEEPEST = 3;

  /** In all sentences for one: a text can be written so that there is no end to it. */
  private static final int MOST_LOOKS = 300;

  /** What was put into a sentence. */
  static final Pattern PARAMETER = Pattern.compile("%(?:(\\d)\\$)?(,?d|s)|%%");

  private static final Pattern ENDED = Pattern.compile("[.!?] \\p{Lu}");

  /** Read when the first reader of another language comes: most machines have none. */
  private final SingletonSupplier<List<Sentence>> all;

  @Autowired
  Sentences() {
    this(SingletonSupplier.of(Sentences::read));
  }

  Sentences(SingletonSupplier<List<Sentence>> all) {
    this.all = all;
  }

  /** What somebody said, in a language; in English when some of it is not known in that. */
  public String said(Language language, String english) {
    return language == Language.EN ? english : in(language, english).orElse(english);
  }

  /**
   * What somebody said, as it is in a language.
   *
   * @return empty when some of it is not known
   */
  Optional<String> in(Language language, String english) {
    return Optional.ofNullable(new Translation(language).of(english, 0));
  }

  /** Of one text. */
  private final class Translation {

    private final Language language;
    private int looks = MOST_LOOKS;

    Translation(Language language) {
      this.language = language;
    }

    /** As one sentence, or as several behind each other: the longest first. */
    @Nullable String of(String english, int depth) {
      String whole = whole(english, depth);
      if (whole != null || depth == DEEPEST) {
        return whole;
      }
      for (int end = english.lastIndexOf(' '); end > 0; end = english.lastIndexOf(' ', end - 1)) {
        if (".:!?".indexOf(english.charAt(end - 1)) >= 0) {
          String first = whole(english.substring(0, end), depth);
          String rest = first == null ? null : of(english.substring(end + 1), depth);
          if (rest != null) {
            return first + " " + rest;
          }
        }
      }
      return null;
    }

    private @Nullable String whole(String english, int depth) {
      if (--looks < 0) {
        return null;
      }
      for (Sentence one : all.obtain()) {
        List<String> parameters = one.parameters(english);
        if (parameters != null) {
          return filled(one, parameters, depth);
        }
      }
      return null;
    }

    private String filled(Sentence sentence, List<String> parameters, int depth) {
      Matcher places = PARAMETER.matcher(sentence.in(language));
      StringBuilder text = new StringBuilder();
      int next = 0;
      while (places.find()) {
        String kind = places.group(2);
        String filled = "%";
        if (kind != null) {
          String number = places.group(1);
          int which = number == null ? next++ : Integer.parseInt(number) - 1;
          String parameter = parameters.get(which);
          filled =
              switch (kind) {
                case ",d" -> grouped(language.locale(), parameter);
                case "s" -> sentence.quotes(which) ? parameter : said(parameter, depth);
                default -> parameter;
              };
        }
        places.appendReplacement(text, Matcher.quoteReplacement(filled));
      }
      return places.appendTail(text).toString();
    }

    /** What was put in may be something that was said. */
    private String said(String parameter, int depth) {
      String translated = of(parameter, depth + 1);
      return translated == null ? parameter : translated;
    }
  }

  private static String grouped(Locale locale, String number) {
    try {
      return String.format(locale, "%,d", Long.parseLong(number.replace(",", "")));
    } catch (NumberFormatException e) {
      return number; // more than 64 bits
    }
  }

  /** Those that say most in words of their own first: they are the likelier ones. */
  static List<Sentence> read() {
    List<Sentence> read = new ArrayList<>();
    try {
      Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
      for (Resource file :
          new PathMatchingResourcePatternResolver().getResources("classpath*:said/*.yaml")) {
        try (InputStream in = file.getInputStream()) {
          List<Map<String, String>> sentences = yaml.load(in);
          sentences.forEach(one -> read.add(new Sentence(one)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    read.sort(Comparator.comparingInt(Sentence::words).reversed());
    return read;
  }

  /** One, in all languages. */
  static final class Sentence {

    private final Map<String, String> languages;

    /** What is in front of the first parameter, between them, and behind the last. */
    private final List<String> literals = new ArrayList<>();

    /** Of RE2, which takes linear time, whatever was put in. */
    private final Pattern pattern;

    Sentence(Map<String, String> languages) {
      this.languages = languages;
      String english = in(Language.EN);
      Matcher parameters = PARAMETER.matcher(english);
      StringBuilder regex = new StringBuilder();
      StringBuilder literal = new StringBuilder();
      int from = 0;
      while (parameters.find()) {
        literal.append(english, from, parameters.start());
        from = parameters.end();
        if (parameters.group(2) == null) {
          literal.append('%');
        } else {
          end(literal, regex);
          regex.append(parameters.group(2).equals("s") ? "(.*?)" : "(-?[\\d,]+)");
        }
      }
      end(literal.append(english.substring(from)), regex);
      pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    private void end(StringBuilder literal, StringBuilder regex) {
      literals.add(literal.toString());
      regex.append(Pattern.quote(literal.toString()));
      literal.setLength(0);
    }

    String in(Language language) {
      return String.valueOf(languages.get(language.tag()));
    }

    List<String> literals() {
      return literals;
    }

    private int words() {
      return literals.stream().mapToInt(String::length).sum();
    }

    /** Whether a parameter is in quotation marks: then it is a name, and stays as it is. */
    private boolean quotes(int parameter) {
      return literals.get(parameter).endsWith("'");
    }

    /** What was put in to say this; null when it was not this. */
    @Nullable List<String> parameters(String said) {
      if (!said.startsWith(literals.get(0)) || !said.endsWith(literals.get(literals.size() - 1))) {
        return null;
      }
      Matcher matcher = pattern.matcher(said);
      if (!matcher.matches()) {
        return null;
      }
      List<String> parameters = new ArrayList<>();
      for (int group = 1; group <= matcher.groupCount(); group++) {
        String parameter = matcher.group(group);
        if (swallows(group - 1, parameter)) {
          return null;
        }
        parameters.add(parameter);
      }
      return parameters;
    }

    /** Whether a parameter goes beyond the end of its sentence. */
    private boolean swallows(int which, String parameter) {
      return !quotes(which)
          && !(which == literals.size() - 2 && literals.get(which + 1).isEmpty())
          && ENDED.matcher(parameter).find()
          && ".!?".indexOf(parameter.charAt(parameter.length() - 1)) < 0;
    }
  }
}
