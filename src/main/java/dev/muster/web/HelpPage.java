package dev.muster.web;

import dev.muster.language.Words;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/**
 * What the console's words mean, and the documentation, for everybody who is signed in.
 *
 * <p>The API's description is there too, for people: the API itself takes no sessions.
 */
@Page
class HelpPage {

  private final Documentation documentation;
  private final Words words;

  HelpPage(Documentation documentation, Words words) {
    this.documentation = documentation;
    this.words = words;
  }

  @GetMapping("/help")
  String help() {
    return "help";
  }

  @GetMapping("/help/{name}")
  String readme(@PathVariable String name, Model model) {
    return document(name, model);
  }

  @GetMapping("/help/docs/{name}")
  String docs(@PathVariable String name, Model model) {
    return document("docs/" + name, model);
  }

  @GetMapping("/help/docs/decisions/{name}")
  String decision(@PathVariable String name, Model model) {
    return document("docs/decisions/" + name, model);
  }

  @GetMapping("/help/docs/openapi.json")
  ResponseEntity<Resource> openApi() {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(Documentation.file("docs/openapi.json"));
  }

  private String document(String path, Model model) {
    model.addAttribute(
        "document",
        documentation
            .find(path)
            .orElseThrow(() -> PageProblem.nothingHere(words.of("layout.problem.no-page"))));
    return "help-document";
  }
}
