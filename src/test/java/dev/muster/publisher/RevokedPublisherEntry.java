package dev.muster.publisher;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * The Atom entry that names a revoked publisher, as the reference of Event Hubs' REST interface
 * shows it.
 */
final class RevokedPublisherEntry {

  static final String ATOM = "http://www.w3.org/2005/Atom";
  static final String SERVICE_BUS =
      "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

  private static final ThreadLocal<DocumentBuilder> BUILDER =
      ThreadLocal.withInitial(RevokedPublisherEntry::builder);

  private RevokedPublisherEntry() {}

  /** The publisher that the entry names; nothing when it is not such an entry. */
  static Optional<String> publisher(byte[] body) {
    Element root;
    try {
      root = BUILDER.get().parse(new ByteArrayInputStream(body)).getDocumentElement();
    } catch (SAXException | IOException e) {
      return Optional.empty();
    }
    if (!is(root, ATOM, "entry")) {
      return Optional.empty();
    }
    return only(root, ATOM, "content")
        .filter(content -> content.getAttribute("type").equals("application/xml"))
        .flatMap(content -> only(content, SERVICE_BUS, "RevokedPublisherDescription"))
        .flatMap(description -> only(description, SERVICE_BUS, "Name"))
        .map(Node::getTextContent);
  }

  private static Optional<Element> only(Element parent, String namespace, String name) {
    List<Element> found = new ArrayList<>();
    for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element && is(element, namespace, name)) {
        found.add(element);
      }
    }
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static boolean is(@Nullable Element element, String namespace, String name) {
    return element != null
        && namespace.equals(element.getNamespaceURI())
        && name.equals(element.getLocalName());
  }

  private static DocumentBuilder builder() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      // Otherwise it prints what it refuses
      builder.setErrorHandler(null);
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("This Java's XML parser can't do without DTDs.", e);
    }
  }
}
