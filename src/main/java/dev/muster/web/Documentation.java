package dev.muster.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;

/**
 * The documentation of this version, which the build packs. It keeps its folders, and its pages
 * their names, so that links from one to another hold as they are written.
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class Documentation {

  private static final Pattern DOCUMENT =
      Pattern.compile("(?:docs/(?:decisions/)?)?[A-Za-z0-9-]+\\.md");

  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*|#.*");
  private static final Pattern FRAGMENT = Pattern.compile("#.*");
  private static final Pattern UNFIT_FOR_AN_ID = Pattern.compile("[^\\p{L}\\p{N} _-]");
  private static final Pattern EMPTY_HEADER = Pattern.compile("<th(?: align=\"\\w+\")?></th>");

  private final Parser parser =
      Parser.builder().extensions(List.of(TablesExtension.create())).build();

  private final Map<String, Document> made = new ConcurrentHashMap<>();

  /** A part of a document that has a title. */
  record Section(String id, String title) {}

  /**
   * A document.
   *
   * @param html without its title
   */
  record Document(String title, List<Section> sections, String html) {}

  /**
   * A document as a page.
   *
   * @param path such as {@code docs/api.md}
   */
  Optional<Document> find(String path) {
    return DOCUMENT.matcher(path).matches() && file(path).exists()
        ? Optional.of(made.computeIfAbsent(path, this::make))
        : Optional.empty();
  }

  /** What the build has packed under this path. */
  static Resource file(String path) {
    return new ClassPathResource("documentation/" + path);
  }

  private Document make(String path) {
    Node document = parser.parse(text(path));
    Map<Node, String> ids = new HashMap<>();
    List<Section> sections = new ArrayList<>();
    List<String> titles = new ArrayList<>();
    List<Node> gone = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading heading) {
            String title = title(heading);
            if (heading.getLevel() == 1 && titles.isEmpty()) {
              titles.add(title);
              gone.add(heading);
              return;
            }
            String id = id(title, ids);
            ids.put(heading, id);
            if (heading.getLevel() == 2) {
              sections.add(new Section(id, title));
            }
            visitChildren(heading);
          }

          @Override
          public void visit(Link link) {
            visitChildren(link);
            if (!leadsSomewhere(path, link.getDestination())) {
              gone.add(link);
            }
          }

          @Override
          public void visit(Image image) {
            gone.add(image); // none is packed
          }

          @Override
          public void visit(HtmlBlock comment) {
            gone.add(comment);
          }

          @Override
          public void visit(HtmlInline comment) {
            gone.add(comment);
          }
        });
    gone.forEach(Documentation::remove);
    String html =
        HtmlRenderer.builder()
            .extensions(List.of(TablesExtension.create()))
            .escapeHtml(true)
            .sanitizeUrls(true)
            .attributeProviderFactory(
                context ->
                    (node, tag, attributes) -> {
                      String id = ids.get(node);
                      if (id != null) {
                        attributes.put("id", id);
                      }
                      if (tag.equals("pre")) {
                        attributes.put("tabindex", "0"); // it may be wider than the page
                      }
                    })
            .build()
            .render(document);
    return new Document(titles.isEmpty() ? path : titles.get(0), sections, accessible(html));
  }

  /** Tables that are wider than the page are moved by keys too; a header that is empty is none. */
  private static String accessible(String html) {
    return EMPTY_HEADER
        .matcher(html)
        .replaceAll("<td></td>")
        .replace("<table>", "<div class=\"scrolls\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>");
  }

  /** A link leaves its words. */
  private static void remove(Node node) {
    if (node instanceof Link) {
      for (Node child = node.getFirstChild(); child != null; child = node.getFirstChild()) {
        node.insertBefore(child);
      }
    }
    node.unlink();
  }

  private static boolean leadsSomewhere(String path, String destination) {
    if (ELSEWHERE.matcher(destination).matches()) {
      return true;
    }
    Path target =
        Path.of("/" + path)
            .resolveSibling(FRAGMENT.matcher(destination).replaceFirst(""))
            .normalize();
    String file = target.toString().substring(1);
    return (file.endsWith(".md") || file.endsWith(".json")) && file(file).exists();
  }

  private static String title(Heading heading) {
    StringBuilder title = new StringBuilder();
    heading.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text text) {
            title.append(text.getLiteral());
          }

          @Override
          public void visit(Code code) {
            title.append(code.getLiteral());
          }
        });
    return title.toString();
  }

  /** As links to it are written. */
  private static String id(String title, Map<Node, String> taken) {
    String id =
        UNFIT_FOR_AN_ID.matcher(title.toLowerCase(Locale.ROOT)).replaceAll("").replace(' ', '-');
    int again = 0;
    String one = id;
    while (taken.containsValue(one)) {
      one = id + "-" + ++again;
    }
    return one;
  }

  private static String text(String path) {
    try (InputStream in = file(path).getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
