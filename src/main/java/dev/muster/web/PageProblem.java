package dev.muster.web;

import org.springframework.http.HttpStatus;

/** That a page can't be shown, or can't do what was asked, in the reader's language. */
final class PageProblem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final HttpStatus status;
  private final String title;

  private PageProblem(HttpStatus status, String title, String sentence) {
    super(sentence);
    this.status = status;
    this.title = title;
  }

  /**
   * What was asked for is not there any more.
   *
   * @param sentence in the reader's language
   */
  static PageProblem nothingHere(String sentence) {
    return new PageProblem(HttpStatus.NOT_FOUND, "layout.problem.nothing-here", sentence);
  }

  /**
   * It can't be done as things stand.
   *
   * @param sentence in the reader's language
   */
  static PageProblem refused(String sentence) {
    return new PageProblem(HttpStatus.CONFLICT, "layout.problem.refused", sentence);
  }

  HttpStatus status() {
    return status;
  }

  /** The key of what is wrong, in short. */
  String title() {
    return title;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
