package dev.muster.web;

import org.springframework.web.bind.annotation.GetMapping;

/** What the console's words mean, for everybody who is signed in. */
@Page
class HelpPage {

  @GetMapping("/help")
  String help() {
    return "help";
  }
}
