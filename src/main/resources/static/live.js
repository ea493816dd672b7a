// What is different is told to a browser once, however many of its pages are open: one of them
// listens and tells the others. Where there are no locks, pages ask every minute all the same.
(() => {
  "use strict";
  const live = document.querySelector("[data-live]");
  if (live === null || navigator.locks === undefined) return;

  const TOPICS = ["runs", "arrivals"];
  const LOST_AFTER = 6_000; // a stream that has merely ended is there again before
  const SHORTEST_PAUSE = 3_000;
  const LONGEST_PAUSE = 15_000;

  const notice = document.getElementById("lost");
  const others = new BroadcastChannel("muster-live");
  let heard = live.dataset.heard; // the last change that this page knows of
  let leading = false;
  let losing;
  let pause = SHORTEST_PAUSE;

  function hear(news) {
    if (news.ask && leading) others.postMessage({ lost: !notice.hidden, latest: heard });
    if (news.lost !== undefined) notice.hidden = !news.lost;
    const missed = news.latest !== undefined && news.latest !== heard;
    for (const topic of missed ? TOPICS : (news.topics ?? [])) {
      for (const part of document.querySelectorAll(`[hx-trigger*="sse:${topic}"]`)) {
        htmx.trigger(part, `sse:${topic}`);
      }
    }
    heard = news.latest || news.heard || heard;
  }

  function tell(news) {
    hear(news);
    others.postMessage(news);
  }

  function listen() {
    const source = new EventSource(`${live.dataset.live}?heard=${encodeURIComponent(heard)}`);
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => tell({ topics: [topic], heard: event.lastEventId }));
    }
    source.onopen = () => {
      clearTimeout(losing);
      losing = undefined;
      pause = SHORTEST_PAUSE;
      if (!notice.hidden) tell({ lost: false });
    };
    source.onerror = () => {
      losing ??= setTimeout(() => tell({ lost: true }), LOST_AFTER);
      if (source.readyState !== EventSource.CLOSED) return; // the browser comes again by itself
      setTimeout(listen, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
  }

  others.onmessage = (event) => hear(event.data);
  others.postMessage({ ask: true });
  navigator.locks.request("muster-live", () => {
    leading = true;
    listen();
    return new Promise(() => {}); // until this page is left
  });
})();
