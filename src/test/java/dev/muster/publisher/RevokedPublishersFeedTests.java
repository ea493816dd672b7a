package dev.muster.publisher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hub lists is read, or refused as a whole. */
class RevokedPublishersFeedTests {

  private static final String FEED = "<feed xmlns='http://www.w3.org/2005/Atom'>%s</feed>";
  private static final String ENTRY =
      "<entry><title>x</title><content type='application/xml'><RevokedPublisherDescription"
          + " xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>%s"
          + "</RevokedPublisherDescription></content></entry>";

  private final List<String> names = new ArrayList<>();

  @Test
  void namesAreReadAndWhereItGoesOn() throws IOException {
    String feed =
        FEED.formatted(
            "<link rel='self' href='a'/><link rel='next' href='b?$skip=2'/>"
                + ENTRY.formatted("<Name>one</Name>")
                + ENTRY.formatted("<Name>tw&amp;o</Name>"));

    assertThat(read(feed)).contains("b?$skip=2");
    assertThat(names).containsExactly("one", "tw&o");
    assertThat(read(FEED.formatted(""))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "busy",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "<feed/>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>",
        "<!DOCTYPE feed [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><feed"
            + " xmlns='http://www.w3.org/2005/Atom'><entry><Name"
            + " xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>"
            + "&e;</Name></entry></feed>"
      })
  void rubbishIsRefused(String feed) {
    assertThatThrownBy(() -> read(feed)).isInstanceOf(IOException.class);
    assertThat(names).isEmpty();
  }

  @Test
  void aTokenIsShownToTheHubItselfOnly() throws IOException {
    URI page = URI.create("https://contoso.servicebus.windows.net/devices/revokedpublishers?a=b");

    assertThat(HubClient.following(page, "?$skip=2"))
        .hasToString("https://contoso.servicebus.windows.net/devices/?$skip=2");
    for (String elsewhere :
        List.of(
            "https://example.com/x",
            "//example.com/x",
            "http://contoso.servicebus.windows.net/devices",
            "https://contoso.servicebus.windows.net:8443/devices",
            "https://contoso.servicebus.windows.net@example.com/",
            "ht tp:")) {
      assertThatThrownBy(() -> HubClient.following(page, elsewhere))
          .as(elsewhere)
          .isInstanceOf(IOException.class);
    }
  }

  private Optional<String> read(String feed) throws IOException {
    return RevokedPublishersFeed.read(
        new ByteArrayInputStream(feed.getBytes(StandardCharsets.UTF_8)), names::add);
  }
}
