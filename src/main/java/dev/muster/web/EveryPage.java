package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.SignInAgainException;
import dev.muster.home.NoRoom;
import dev.muster.signin.SignInAgain;
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

  /** An entry of the navigation; who lacks the permission is not shown it. */
  record Section(String id, String title, String path, Permission permission) {}

  private static final List<Section> SECTIONS =
      List.of(
          new Section("overview", "Overview", "/", Permission.EXECUTION_READ),
          new Section("manifests", "Manifests", "/manifests", Permission.MANIFEST_READ),
          new Section("bundles", "Bundles", "/bundles", Permission.MANIFEST_READ),
          new Section("executions", "Executions", "/executions", Permission.EXECUTION_READ),
          new Section("arrivals", "Arrivals", "/arrivals", Permission.ARRIVAL_READ),
          new Section("devices", "Devices", "/devices", Permission.DEVICE_READ),
          new Section("revocations", "Revocations", "/revocations", Permission.LIST_READ),
          new Section("factories", "Factories", "/factories", Permission.FACTORY_READ),
          new Section("hubs", "Hubs", "/hubs", Permission.HUB_READ),
          new Section("audit", "Audit", "/audit", Permission.AUDIT_READ),
          new Section("sessions", "Sessions", "/sessions", Permission.SESSION_END),
          new Section("technician", "Install", "/technician", Permission.DEVICE_INSTALL));

  @ModelAttribute("caller")
  Caller caller() {
    return Callers.current();
  }

  @ModelAttribute("sections")
  List<Section> sections() {
    return permitted();
  }

  private static List<Section> permitted() {
    return SECTIONS.stream().filter(one -> Callers.current().may(one.permission())).toList();
  }

  @ExceptionHandler(NotPermittedException.class)
  ModelAndView notPermitted(NotPermittedException e, HttpServletRequest request) {
    return problem(HttpStatus.FORBIDDEN, "You may not do that", e.sentence(), request);
  }

  @ExceptionHandler(SignInAgainException.class)
  String signInAgain(SignInAgainException e, HttpServletRequest request) {
    return "redirect:" + SignInAgain.from(request, referer(request));
  }

  @ExceptionHandler(RefusedException.class)
  ModelAndView refused(RefusedException e, HttpServletRequest request) {
    return problem(HttpStatus.CONFLICT, "That can't be done", e.sentence(), request);
  }

  @ExceptionHandler(NotThereException.class)
  ModelAndView notFound(NotThereException e, HttpServletRequest request) {
    return problem(HttpStatus.NOT_FOUND, "There is nothing here", e.sentence(), request);
  }

  @ExceptionHandler
  ModelAndView notUnderstood(MethodArgumentTypeMismatchException e, HttpServletRequest request) {
    return problem(
        HttpStatus.NOT_FOUND,
        "There is nothing here",
        "'%s' is no %s.".formatted(e.getValue(), e.getName()),
        request);
  }

  /** The same of one of several fields of a form. */
  @ExceptionHandler
  ModelAndView notUnderstood(MethodArgumentNotValidException e, HttpServletRequest request) {
    FieldError field = e.getBindingResult().getFieldError();
    return problem(
        HttpStatus.NOT_FOUND,
        "There is nothing here",
        field == null
            ? "What the form sent can't be understood."
            : "'%s' is no %s.".formatted(field.getRejectedValue(), field.getField()),
        request);
  }

  @ExceptionHandler
  ModelAndView missing(MissingServletRequestParameterException e, HttpServletRequest request) {
    return problem(
        HttpStatus.BAD_REQUEST,
        "Something is missing",
        "The form came without '%s'. Go back and fill it in.".formatted(e.getParameterName()),
        request);
  }

  @ExceptionHandler
  ModelAndView undecodable(InvalidParameterException e, HttpServletRequest request) {
    return problem(
        HttpStatus.BAD_REQUEST,
        "The address can't be read",
        "What follows ? in it, or what the form sent, is no text. Go back and enter it anew.",
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
        "That can't be looked for",
        "A value is out of range, or holds a character that no text has.",
        request);
  }

  @ExceptionHandler
  ModelAndView noFile(MultipartException e, HttpServletRequest request) {
    if (NoRoom.caused(e)) {
      throw e;
    }
    return problem(
        HttpStatus.BAD_REQUEST,
        "Something is missing",
        "The form came without its file, or broke off. Go back and choose the file.",
        request);
  }

  @ExceptionHandler
  ModelAndView tooLarge(MaxUploadSizeExceededException e, HttpServletRequest request) {
    return problem(
        HttpStatus.CONTENT_TOO_LARGE,
        "The file is too large",
        "It is larger than this service takes (spring.servlet.multipart.max-file-size).",
        request);
  }

  static ModelAndView problem(
      HttpStatus status, String title, String sentence, HttpServletRequest request) {
    ModelAndView page = new ModelAndView("problem", status);
    page.addObject("title", title);
    page.addObject("sentence", sentence);
    page.addObject("back", referer(request));
    Callers.find()
        .ifPresent(caller -> page.addObject("caller", caller).addObject("sections", permitted()));
    return page;
  }

  /** The page one came from, when it is one of ours: its path. */
  private static @Nullable String referer(HttpServletRequest request) {
    String referer = request.getHeader(HttpHeaders.REFERER);
    String origin = request.getRequestURL().toString().replaceFirst("(?<=[^/:])/.*", "");
    return referer != null && referer.startsWith(origin + "/")
        ? referer.substring(origin.length())
        : null;
  }
}
