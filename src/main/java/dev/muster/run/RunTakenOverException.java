package dev.muster.run;

/** The session of a run's lock was cut, and another process has the run now: this one ends it. */
public final class RunTakenOverException extends RunUnderWayException {

  RunTakenOverException() {
    super(
        "The database session that held this run's lock was cut, and another process has taken the"
            + " run over. Nothing was written here since; the run's last execution shows how the"
            + " other goes on.");
  }
}
