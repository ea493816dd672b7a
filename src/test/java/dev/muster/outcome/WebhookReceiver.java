package dev.muster.outcome;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who is told events over HTTP: takes what is signed as the library of Standard Webhooks verifies
 * it, and refuses what it is told to refuse.
 */
public final class WebhookReceiver {

  /** The status of what is answered by half. */
  public static final int STALL = -200;

  private static final JsonMapper JSON = new JsonMapper();

  private final HttpServer server;
  private final String secret = secret("the current secret of the tests");
  private final String formerSecret = secret("the former secret of the tests!");
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final Map<String, String> retryAfters = new ConcurrentHashMap<>();
  private volatile CountDownLatch stalled = new CountDownLatch(1);

  private WebhookReceiver(HttpServer server) {
    this.server = server;
  }

  /**
   * A request.
   *
   * @param path to which
   * @param problem what was wrong with its signatures; empty: nothing
   * @param status that was answered
   */
  public record Received(
      String path, String id, String contentType, JsonNode event, String problem, int status) {

    /** About what it is. */
    public String subject() {
      return event.get("subject").asString();
    }
  }

  /** Starts one on a free port of this machine; it ends with the process. */
  public static WebhookReceiver start() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      WebhookReceiver receiver = new WebhookReceiver(server);
      server.createContext("/", receiver::answer);
      server.setExecutor(
          Executors.newCachedThreadPool(
              task -> {
                Thread thread = new Thread(task, "webhook-receiver");
                thread.setDaemon(true);
                return thread;
              }));
      server.start();
      return receiver;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String address(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** The current one, and the one before it. */
  public List<String> secrets() {
    return List.of(secret, formerSecret);
  }

  /** What it answers to events about something, at a path; 204 otherwise. */
  public synchronized void answer(String path, String subject, int status) {
    answers.put(path + " " + subject, status);
    stalled.countDown();
    stalled = new CountDownLatch(1);
  }

  /**
   * From now on it answers such events by half: headers, and nothing of the body that they promise.
   * {@link #answer} ends that.
   */
  public void stall(String path, String subject) {
    answers.put(path + " " + subject, STALL);
  }

  /** As {@link #answer}, and asks to be left alone. */
  public void refuse(String path, String subject, int status, String retryAfter) {
    retryAfters.put(path + " " + subject, retryAfter);
    answer(path, subject, status);
  }

  /** What came about something, at a path, in its order. */
  public List<Received> about(String path, String subject) {
    return received.stream()
        .filter(one -> one.path().equals(path) && one.subject().equals(subject))
        .toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      HttpHeaders headers = HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true);
      JsonNode event = JSON.readTree(body);
      String path = exchange.getRequestURI().getPath();
      String problem = "";
      for (String one : secrets()) {
        try {
          new Webhook(one).verify(body, headers);
        } catch (WebhookVerificationException e) {
          problem = String.valueOf(e.getMessage());
        }
      }
      String about = path + " " + event.get("subject").asString();
      int status = problem.isEmpty() ? answers.getOrDefault(about, 204) : 401;
      received.add(
          new Received(
              path,
              headers.firstValue("webhook-id").orElse(""),
              headers.firstValue("content-type").orElse(""),
              event,
              problem,
              status));
      String retryAfter = retryAfters.get(about);
      if (retryAfter != null) {
        exchange.getResponseHeaders().add("Retry-After", retryAfter);
      }
      if (status == STALL) {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().flush();
        boolean unused = stalled.await(60, TimeUnit.SECONDS);
      } else {
        exchange.sendResponseHeaders(status, -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String secret(String text) {
    return "whsec_" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
