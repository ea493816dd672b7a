package dev.muster.web;

import dev.muster.finding.Finder;
import dev.muster.finding.Found;
import dev.muster.finding.Found.Hit;
import dev.muster.finding.Found.Kind;
import dev.muster.finding.Found.Listing;
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

  private final Finder finder;

  SearchPage(Finder finder) {
    this.finder = finder;
  }

  record Link(String title, String address) {}

  record Row(Hit hit, String address) {}

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
              .map(hit -> new Row(hit, address(hit)))
              .toList();
      if (!some.isEmpty()) {
        kinds.put(title(kind), some);
      }
    }
    model.addAttribute("q", q);
    model.addAttribute("found", found);
    model.addAttribute("kinds", kinds);
    model.addAttribute("links", found.lists().stream().map(SearchPage::link).toList());
    return "search";
  }

  private static String title(Kind kind) {
    return switch (kind) {
      case DEVICE -> "Devices";
      case MANIFEST -> "Manifests";
      case LIST -> "Revocation lists";
      case BUNDLE -> "Bundles";
      case EXECUTION -> "Executions";
      case ARRIVAL -> "Arrivals";
      case FACTORY -> "Factories";
    };
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

  private static Link link(Listing listing) {
    String with =
        switch (listing.by()) {
          case "name" -> "with ‘%s’ in the name";
          case "text" ->
              listing.kind() == Kind.ARRIVAL
                  ? "with ‘%s’ in the file’s name"
                  : "of what has ‘%s’ in its name";
          case "building" -> "in the building ‘%s’";
          case "hub" -> "at the hub ‘%s’";
          case "manifest" -> "of manifest %s";
          default -> "of the " + listing.by() + " ‘%s’";
        };
    return new Link(
        "All %s %s"
            .formatted(
                title(listing.kind()).toLowerCase(Locale.ROOT), with.formatted(listing.value())),
        UriComponentsBuilder.fromPath(list(listing.kind()))
            .queryParam(listing.by(), "{value}")
            .encode()
            .buildAndExpand(listing.value())
            .toUriString());
  }
}
