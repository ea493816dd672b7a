package dev.muster.publisher;

import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.util.Optional;
import java.util.function.Consumer;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads an Atom feed of revoked publishers as it comes, without DTDs and external entities.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4287">RFC 4287, The Atom Syndication Format</a>
 */
final class RevokedPublishersFeed {

  private static final String ATOM = "http://www.w3.org/2005/Atom";
  private static final String CONNECT =
      "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
  private static final int LONGEST_NAME = 1024;

  private RevokedPublishersFeed() {}

  /**
   * Hands over the names in one page of the feed.
   *
   * @return where it goes on; empty when it does not
   * @throws IOException when it is no such feed; says what is wrong in a sentence
   */
  static Optional<String> read(InputStream feed, Consumer<String> name) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(feed);
      try {
        return read(reader, name);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw new IOException(problem(e), e);
    }
  }

  /** The parser wraps what reading failed with. */
  private static String problem(XMLStreamException failure) {
    Throwable cause = failure.getNestedException();
    for (Throwable one = cause; one != null; one = one.getCause()) {
      if (one instanceof HttpTimeoutException) {
        return "The hub began its list and did not end it in time.";
      }
    }
    return cause instanceof IOException && !(cause instanceof CharConversionException)
        ? "The connection to the hub broke in the middle of its list."
        : "What the hub lists can't be read as XML.";
  }

  private static Optional<String> read(XMLStreamReader reader, Consumer<String> name)
      throws XMLStreamException, IOException {
    String next = null;
    boolean inFeed = false;
    boolean named = true;
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        if (!inFeed) {
          if (!is(reader, ATOM, "feed")) {
            throw new IOException("What the hub lists is no Atom feed.");
          }
          inFeed = true;
        } else if (is(reader, ATOM, "entry")) {
          named = false;
        } else if (is(reader, CONNECT, "Name")) {
          name.accept(text(reader));
          named = true;
        } else if (is(reader, ATOM, "link") && "next".equals(attribute(reader, "rel"))) {
          next = attribute(reader, "href");
        }
      } else if (event == XMLStreamConstants.END_ELEMENT && is(reader, ATOM, "entry") && !named) {
        throw new IOException("The hub lists a revoked publisher without a name.");
      }
    }
    return Optional.ofNullable(next);
  }

  private static String text(XMLStreamReader reader) throws XMLStreamException, IOException {
    StringBuilder text = new StringBuilder();
    while (reader.next() != XMLStreamConstants.END_ELEMENT) {
      if (!reader.isCharacters()) {
        throw new IOException("The hub lists a revoked publisher whose name is no text.");
      }
      text.append(reader.getText());
      if (text.length() > LONGEST_NAME) {
        throw new IOException("The hub lists a revoked publisher with an endless name.");
      }
    }
    return text.toString().strip();
  }

  private static @Nullable String attribute(XMLStreamReader reader, String name) {
    return reader.getAttributeValue(null, name);
  }

  private static boolean is(XMLStreamReader reader, String namespace, String name) {
    return name.equals(reader.getLocalName()) && namespace.equals(reader.getNamespaceURI());
  }
}
