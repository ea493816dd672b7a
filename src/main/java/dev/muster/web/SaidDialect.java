package dev.muster.web;

import dev.muster.language.Language;
import dev.muster.language.Sentences;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.stereotype.Component;
import org.thymeleaf.context.ITemplateContext;
import org.thymeleaf.dialect.AbstractProcessorDialect;
import org.thymeleaf.engine.AttributeName;
import org.thymeleaf.model.IProcessableElementTag;
import org.thymeleaf.processor.IProcessor;
import org.thymeleaf.processor.element.IElementTagStructureHandler;
import org.thymeleaf.standard.StandardDialect;
import org.thymeleaf.standard.processor.AbstractStandardExpressionAttributeTagProcessor;
import org.thymeleaf.standard.processor.StandardTextTagProcessor;
import org.thymeleaf.templatemode.TemplateMode;
import org.unbescape.html.HtmlEscape;

/**
 * {@code said:text}: as {@code th:text}, of what a service says, in an element that is marked
 * {@code lang="en"}. Where the sentence is known in the reader's language it is said in that, and
 * the mark goes; where it is not, it stays. Nothing in it is invisible. {@code said:most} cuts it
 * behind so many characters. {@code said:note} is of what may be somebody's own words, in whatever
 * language.
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SaidDialect extends AbstractProcessorDialect {

  private static final String PREFIX = "said";
  private static final String MOST = PREFIX + ":most";

  private final Sentences sentences;

  SaidDialect(Sentences sentences) {
    super("Said", PREFIX, StandardDialect.PROCESSOR_PRECEDENCE);
    this.sentences = sentences;
  }

  @Override
  public Set<IProcessor> getProcessors(String prefix) {
    return Set.of(new Text(prefix, "text", false), new Text(prefix, "note", true));
  }

  private final class Text extends AbstractStandardExpressionAttributeTagProcessor {

    private final boolean unmarked;

    Text(String prefix, String attribute, boolean unmarked) {
      super(TemplateMode.HTML, prefix, attribute, StandardTextTagProcessor.PRECEDENCE, true);
      this.unmarked = unmarked;
    }

    @Override
    protected void doProcess(
        ITemplateContext context,
        IProcessableElementTag tag,
        AttributeName name,
        String expression,
        @Nullable Object said,
        IElementTagStructureHandler structure) {
      String english = said == null ? "" : said.toString();
      String text = english;
      if (unmarked || Language.EN.tag().equals(tag.getAttributeValue("lang"))) {
        text = inTheReaders(context.getLocale(), english);
        if (!text.equals(english)) {
          structure.removeAttribute("lang");
        }
      }
      text = VisibleText.of(text);
      String most = tag.getAttributeValue(MOST);
      if (most != null) {
        structure.removeAttribute(MOST);
        text = cut(text, Integer.parseInt(most));
      }
      structure.setBody(HtmlEscape.escapeHtml4Xml(text), false);
    }
  }

  private String inTheReaders(Locale locale, String english) {
    return Language.of(locale.getLanguage())
        .map(language -> sentences.said(language, english))
        .orElse(english);
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }
}
