package dev.muster.api;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The body is a file, as a stream, of a factory that the caller may send for. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@RequestBody(
    required = true,
    content =
        @Content(mediaType = "text/csv", schema = @Schema(type = "string", format = "binary")))
@ApiResponse(responseCode = "403", ref = "Problem")
@ApiResponse(responseCode = "409", ref = "Problem")
@interface TakesFile {}
