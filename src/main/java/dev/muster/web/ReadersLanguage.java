package dev.muster.web;

import dev.muster.http.ApiRequests;
import dev.muster.language.Language;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionCookieConfig;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.SimpleLocaleContext;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.i18n.AcceptHeaderLocaleResolver;
import org.springframework.web.servlet.i18n.CookieLocaleResolver;

/**
 * The language that somebody chose, else one that their browser asks for, else English. What
 * programs are answered is English, whatever they ask for.
 */
@Component(DispatcherServlet.LOCALE_RESOLVER_BEAN_NAME)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ReadersLanguage extends CookieLocaleResolver {

  private static final String COOKIE = "muster-language";
  private static final Duration KEPT = Duration.ofDays(400); // longer than that no browser does

  ReadersLanguage(ServletContext context) {
    super(name(context.getSessionCookieConfig()));
    setCookiePath(context.getContextPath().isEmpty() ? "/" : context.getContextPath());
    setCookieSecure(context.getSessionCookieConfig().isSecure());
    setCookieHttpOnly(true);
    setCookieSameSite("Lax");
    setCookieMaxAge(KEPT);
    setRejectInvalidCookies(false);
    AcceptHeaderLocaleResolver browsers = new AcceptHeaderLocaleResolver();
    browsers.setSupportedLocales(Arrays.stream(Language.values()).map(Language::locale).toList());
    browsers.setDefaultLocale(Locale.ENGLISH);
    setDefaultLocaleFunction(browsers::resolveLocale);
  }

  @Override
  public Locale resolveLocale(HttpServletRequest request) {
    return ApiRequests.is(request) ? Locale.ENGLISH : super.resolveLocale(request);
  }

  @Override
  public LocaleContext resolveLocaleContext(HttpServletRequest request) {
    return ApiRequests.is(request)
        ? new SimpleLocaleContext(Locale.ENGLISH)
        : super.resolveLocaleContext(request);
  }

  /** Of a cookie that says something else there is nothing to learn. */
  @Override
  protected @Nullable Locale parseLocaleValue(String value) {
    return Language.of(value).map(Language::locale).orElse(null);
  }

  /** Over encrypted connections it is of this host alone, as the session's. */
  private static String name(SessionCookieConfig session) {
    return session.isSecure() ? session.getName() + "-language" : COOKIE;
  }
}
