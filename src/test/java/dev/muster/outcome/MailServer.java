package dev.muster.outcome;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import dev.muster.FreePort;
import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Takes mail over SMTP, on a port of this machine that stays the same while it is away. */
public final class MailServer {

  private final int port;
  private GreenMail server;

  private MailServer(int port) {
    this.port = port;
    this.server = started(port);
  }

  /** A mail that came. */
  public record Mail(
      String to,
      String from,
      String id,
      String subject,
      String body,
      String language,
      String encodedSubject,
      String type) {}

  /** Starts one; it ends with the process. */
  public static MailServer start() {
    return new MailServer(FreePort.any());
  }

  private static GreenMail started(int port) {
    GreenMail server = new GreenMail(new ServerSetup(port, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.start();
    return server;
  }

  public int port() {
    return port;
  }

  /** From now on nobody listens. */
  public void stop() {
    server.stop();
  }

  /** It is there again, without what came before. */
  public void again() {
    server = started(port);
  }

  /** What came to an address, in its order. */
  public List<Mail> to(String address) {
    return Arrays.stream(server.getReceivedMessages())
        .flatMap(MailServer::mails)
        .filter(mail -> mail.to().equals(address))
        .toList();
  }

  private static Stream<Mail> mails(MimeMessage message) {
    try {
      String from = message.getFrom()[0].toString();
      String id = message.getMessageID();
      String subject = message.getSubject();
      String encoded = message.getHeader("Subject")[0];
      String type = message.getContentType();
      String language = message.getHeader("Content-Language")[0];
      String body = String.valueOf(message.getContent()).replace("\r\n", "\n");
      return Arrays.stream(message.getAllRecipients())
          .map(Address::toString)
          .map(to -> new Mail(to, from, id, subject, body, language, encoded, type));
    } catch (MessagingException | IOException e) {
      throw new IllegalStateException(GreenMailUtil.getWholeMessage(message), e);
    }
  }
}
