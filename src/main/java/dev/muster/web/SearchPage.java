package dev.muster.web;

import dev.muster.finding.Finder;
import dev.muster.finding.Found;
import dev.muster.finding.Found.Hit;
import dev.muster.finding.Found.Kind;
import dev.muster.finding.Found.Listing;
import dev.muster.language.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.util.UriComponentsBuilder;

/** What the field in every page's head finds. */
@Page
class SearchPage {

  /** The beginning of keys, for each kind and what a list of it is looked through for. */
  private static final String LOOK = "devices.look.";

  private final Finder finder;
  private final Words words;

  SearchPage(Finder finder, Words words) {
    this.finder = finder;
    this.words = words;
  }

  record Link(String title, String address) {}

  /**
   * @param by what of it the text is, in the reader's language
   */
  record Row(Hit hit, String address, String by) {}

  @GetMapping("/search")
  String find(@RequestParam(defaultValue = "") String q, Model model) {
    Found found = finder.find(q);
    if (found.only().isPresent()) {
      return "redirect:" + address(found.only().get());
    }
    Map<String, List<Row>> kinds = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      List<Row> some =
          found.hits().stream()
              .filter(hit -> hit.kind() == kind)
              .map(hit -> new Row(hit, address(hit), words.word("devices.by.", hit.by())))
              .toList();
      if (!some.isEmpty()) {
        kinds.put(title(kind), some);
      }
    }
    model.addAttribute("q", q);
    model.addAttribute("found", found);
    model.addAttribute("kinds", kinds);
    model.addAttribute("links", found.lists().stream().map(this::link).toList());
    return "search";
  }

  private String title(Kind kind) {
    return words.word("devices.kind.", kind.name());
  }

  private static String list(Kind kind) {
    return switch (kind) {
      case DEVICE -> "/devices";
      case MANIFEST -> "/manifests";
      case LIST -> "/revocations";
      case BUNDLE -> "/bundles";
      case EXECUTION -> "/executions";
      case ARRIVAL -> "/arrivals";
      case FACTORY -> "/factories";
    };
  }

  private static String address(Hit hit) {
    return list(hit.kind()) + "/" + hit.id();
  }

  private Link link(Listing listing) {
    return new Link(
        words.of(
            LOOK + listing.kind().name().toLowerCase(Locale.ROOT) + "-" + listing.by(),
            listing.value()),
        UriComponentsBuilder.fromPath(list(listing.kind()))
            .queryParam(listing.by(), "{value}")
            .encode()
            .buildAndExpand(listing.value())
            .toUriString());
  }
}
