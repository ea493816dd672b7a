package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.SignInAgainException;
import dev.muster.home.NoRoom;
import dev.muster.language.Language;
import dev.muster.language.Words;
import dev.muster.signin.SignInAgain;
import dev.muster.watching.Changes;
import jakarta.servlet.http.HttpServletRequest;
import java.sql.SQLException;
import java.util.List;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.ModelAndView;

/** What every page knows, and what is shown in the place of one that can't be. */
@ControllerAdvice(annotations = Page.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class EveryPage {

  /**
   * An entry of the navigation; who lacks the permission is not shown it.
   *
   * @param title the key of its words
   */
  record Section(String id, String title, String path, Permission permission) {}

  private static final List<Section> SECTIONS =
      List.of(
          new Section("overview", "layout.section.overview", "/", Permission.EXECUTION_READ),
          new Section(
              "manifests", "layout.section.manifests", "/manifests", Permission.MANIFEST_READ),
          new Section("bundles", "layout.section.bundles", "/bundles", Permission.MANIFEST_READ),
          new Section(
              "executions", "layout.section.executions", "/executions", Permission.EXECUTION_READ),
          new Section("arrivals", "layout.section.arrivals", "/arrivals", Permission.ARRIVAL_READ),
          new Section("devices", "layout.section.devices", "/devices", Permission.DEVICE_READ),
          new Section(
              "revocations", "layout.section.revocations", "/revocations", Permission.LIST_READ),
          new Section(
              "factories", "layout.section.factories", "/factories", Permission.FACTORY_READ),
          new Section("hubs", "layout.section.hubs", "/hubs", Permission.HUB_READ),
          new Section("audit", "layout.section.audit", "/audit", Permission.AUDIT_READ),
          new Section("sessions", "layout.section.sessions", "/sessions", Permission.SESSION_END),
          new Section(
              "technician", "layout.section.technician", "/technician", Permission.DEVICE_INSTALL));

  private final Words words;
  private final Changes changes;

  EveryPage(Words words, Changes changes) {
    this.words = words;
    this.changes = changes;
  }

  @ModelAttribute("caller")
  Caller caller() {
    return Callers.current();
  }

  @ModelAttribute("sections")
  List<Section> sections() {
    return permitted();
  }

  /** Before anything is read for the page: what changes from here on it must be told. */
  @ModelAttribute("heard")
  @Nullable String heard() {
    Caller caller = Callers.current();
    return caller.may(Permission.EXECUTION_READ) || caller.may(Permission.ARRIVAL_READ)
        ? changes.latest()
        : null;
  }

  @ModelAttribute("languages")
  List<Language> languages(HttpServletRequest request) {
    return choosable(request);
  }

  /** None on a page that answers a form: choosing one would lose it. */
  private static List<Language> choosable(HttpServletRequest request) {
    return request.getMethod().equals("GET") ? List.of(Language.values()) : List.of();
  }

  private static List<Section> permitted() {
    return SECTIONS.stream().filter(one -> Callers.current().may(one.permission())).toList();
  }

  @ExceptionHandler(NotPermittedException.class)
  ModelAndView notPermitted(NotPermittedException e, HttpServletRequest request) {
    return refusal(HttpStatus.FORBIDDEN, "layout.problem.not-permitted", e.sentence(), request);
  }

  @ExceptionHandler(SignInAgainException.class)
  String signInAgain(SignInAgainException e, HttpServletRequest request) {
    return "redirect:" + SignInAgain.from(request, referer(request));
  }

  @ExceptionHandler(RefusedException.class)
  ModelAndView refused(RefusedException e, HttpServletRequest request) {
    return refusal(HttpStatus.CONFLICT, "layout.problem.refused", e.sentence(), request);
  }

  @ExceptionHandler(NotThereException.class)
  ModelAndView notFound(NotThereException e, HttpServletRequest request) {
    return refusal(HttpStatus.NOT_FOUND, "layout.problem.nothing-here", e.sentence(), request);
  }

  @ExceptionHandler
  ModelAndView ofThePage(PageProblem e, HttpServletRequest request) {
    return problem(e.status(), e.title(), e.sentence(), request);
  }

  @ExceptionHandler
  ModelAndView notUnderstood(MethodArgumentTypeMismatchException e, HttpServletRequest request) {
    return problem(
        HttpStatus.NOT_FOUND,
        "layout.problem.nothing-here",
        words.of("layout.problem.no-such", String.valueOf(e.getValue()), e.getName()),
        request);
  }

  /** The same of one of several fields of a form. */
  @ExceptionHandler
  ModelAndView notUnderstood(MethodArgumentNotValidException e, HttpServletRequest request) {
    FieldError field = e.getBindingResult().getFieldError();
    return problem(
        HttpStatus.NOT_FOUND,
        "layout.problem.nothing-here",
        field == null
            ? words.of("layout.problem.not-understood")
            : words.of(
                "layout.problem.no-such",
                String.valueOf(field.getRejectedValue()),
                field.getField()),
        request);
  }

  @ExceptionHandler
  ModelAndView missing(MissingServletRequestParameterException e, HttpServletRequest request) {
    return problem(
        HttpStatus.BAD_REQUEST,
        "layout.problem.missing",
        words.of("layout.problem.missing-field", e.getParameterName()),
        request);
  }

  @ExceptionHandler
  ModelAndView undecodable(InvalidParameterException e, HttpServletRequest request) {
    return problem(
        HttpStatus.BAD_REQUEST,
        "layout.problem.address",
        words.of("layout.problem.address-why"),
        request);
  }

  /** A value that no column can hold: a date beyond all calendars, a character that is none. */
  @ExceptionHandler
  ModelAndView unfit(DataAccessException e, HttpServletRequest request) {
    if (!(e.getMostSpecificCause() instanceof SQLException sql)
        || !String.valueOf(sql.getSQLState()).startsWith("22")) {
      throw e;
    }
    return problem(
        HttpStatus.BAD_REQUEST,
        "layout.problem.unfit",
        words.of("layout.problem.unfit-why"),
        request);
  }

  @ExceptionHandler
  ModelAndView noFile(MultipartException e, HttpServletRequest request) {
    if (NoRoom.caused(e)) {
      throw e;
    }
    return problem(
        HttpStatus.BAD_REQUEST,
        "layout.problem.missing",
        words.of("layout.problem.missing-file"),
        request);
  }

  @ExceptionHandler
  ModelAndView tooLarge(MaxUploadSizeExceededException e, HttpServletRequest request) {
    return problem(
        HttpStatus.CONTENT_TOO_LARGE,
        "layout.problem.too-large",
        words.of("layout.problem.too-large-why"),
        request);
  }

  /**
   * @param sentence a service's, which is English
   */
  private static ModelAndView refusal(
      HttpStatus status, String title, String sentence, HttpServletRequest request) {
    return problem(status, title, sentence, request).addObject("sentenceIn", Language.EN.tag());
  }

  /**
   * A page in the place of one that can't be.
   *
   * @param title the key of what is wrong, in short
   * @param sentence what is wrong, in the reader's language
   */
  static ModelAndView problem(
      HttpStatus status, String title, String sentence, HttpServletRequest request) {
    ModelAndView page = new ModelAndView("problem", status);
    page.addObject("heading", title); // "title" is the layout's own, and its text
    page.addObject("sentence", sentence);
    page.addObject("back", referer(request));
    page.addObject("languages", choosable(request));
    Callers.find()
        .ifPresent(caller -> page.addObject("caller", caller).addObject("sections", permitted()));
    return page;
  }

  /** The page one came from, when it is one of ours: its path. */
  static @Nullable String referer(HttpServletRequest request) {
    String referer = request.getHeader(HttpHeaders.REFERER);
    String origin = request.getRequestURL().toString().replaceFirst("(?<=[^/:])/.*", "");
    return referer != null && referer.startsWith(origin + "/")
        ? referer.substring(origin.length())
        : null;
  }
}
