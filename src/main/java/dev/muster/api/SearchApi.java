package dev.muster.api;

import dev.muster.finding.Finder;
import dev.muster.finding.Found;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Search", description = "Whatever somebody has the name, number or id of.")
class SearchApi {

  private final Finder finder;

  SearchApi(Finder finder) {
    this.finder = finder;
  }

  @GetMapping("/api/search")
  @Operation(
      summary = "Finds whatever a text may mean",
      description =
          "What the account may see, up to ten of a kind, each through an index. `lists` says which"
              + " lists can be looked through for it: parameter and value.")
  Found find(
      @Parameter(
              description =
                  "A device's id however it is written, its first eight digits or more, several"
                      + " ids; a serial number; a manifest's or a revocation list's name or"
                      + " SHA-256, or how they begin; the number of a manifest, list, bundle,"
                      + " execution or arrival; a factory.",
              example = "7d0c9f8e")
          @RequestParam
          String q) {
    return finder.find(q);
  }
}
