package dev.muster.revocation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that was done to devices, or undone, by hand waits for a second person; of a list that
 * came in, its arrival's end says so. Published in the transaction that writes it down. Absent is
 * what is not so.
 *
 * @param what waits, as the beginning of a sentence: {@code renew at hub contoso}
 * @param factory whose list it is; null: nobody's alone
 * @param by who asked for it
 * @param problem why a second person must say so too, in sentences
 * @param choice of devices, to be confirmed; null: it is a list
 * @param list to be approved, or to be undone; null: it is a choice
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecondPersonAsked(
    String what,
    @Nullable String factory,
    String by,
    String problem,
    @Nullable UUID choice,
    @Nullable Integer list,
    @JsonIgnore Instant at) {}
