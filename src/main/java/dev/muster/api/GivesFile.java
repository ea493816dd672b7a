package dev.muster.api;

import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The answer is a file, or that there is none. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ApiResponse(
    responseCode = "200",
    content =
        @Content(
            mediaType = "application/octet-stream",
            schema = @Schema(type = "string", format = "binary")))
@ApiResponse(responseCode = "404", ref = "Problem")
@interface GivesFile {}
