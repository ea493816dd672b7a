package dev.muster.api;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.export.ExportFormat;
import dev.muster.http.ProblemType;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.jackson.TypeNameResolver;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.HeaderParameter;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What is true of the whole API. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ApiConfiguration {

  private static final String BEARER = "bearer";
  private static final String PROBLEM = "Problem";

  /** What a form says besides its sample. */
  private static final long FORM_BYTES = 128 * 1024;

  /** Says of a request that its answer will hold a token; looks at one before its form is read. */
  @Bean
  WebMvcConfigurer beforeTheyAreAnswered() {
    HandlerInterceptor interceptor =
        new HandlerInterceptor() {
          @Override
          public boolean preHandle(
              HttpServletRequest request, HttpServletResponse response, Object handler) {
            if (handler instanceof HandlerMethod method
                && method.hasMethodAnnotation(TellsToken.class)) {
              request.setAttribute(IdempotencyFilter.TOLD, true);
            }
            if (handler instanceof HandlerMethod method
                && method.hasMethodAnnotation(TakesSample.class)) {
              Callers.mustMay(Permission.FACTORY_ADMINISTER);
              long bytes = request.getContentLengthLong();
              if (bytes < 0) {
                throw ProblemException.invalid(
                    "Say how long the form is (Content-Length), and send it whole.");
              }
              FactoriesApi.mustFit(bytes - FORM_BYTES);
            }
            return true;
          }
        };
    return new WebMvcConfigurer() {
      @Override
      public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(interceptor).addPathPatterns("/api/**");
      }
    };
  }

  /** What is not known would be passed over: a setting of another version, or a slip of the pen. */
  @Bean
  ServerHttpMessageConvertersCustomizer unknownPropertiesAreRefused(JsonMapper json) {
    JsonMapper strict =
        json.rebuild().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    return converters -> converters.withJsonConverter(new JacksonJsonHttpMessageConverter(strict));
  }

  @Bean
  OpenAPI description() {
    return new OpenAPI()
        .info(
            new Info()
                .title("Muster")
                .version("1")
                .description(
                    "Everything the console does, for programs. Errors are problem details (RFC"
                        + " 9457) with a type that stays as it is. Lists are paged: give next of a"
                        + " page as cursor to get the next one. A POST with an Idempotency-Key is"
                        + " done once, however often it is sent within a day."))
        // Else whoever asks a second time is told an address that was made up from the request.
        .addServersItem(new Server().url("/"))
        .addSecurityItem(new SecurityRequirement().addList(BEARER))
        .components(
            new Components()
                .addSecuritySchemes(
                    BEARER,
                    new SecurityScheme()
                        .type(SecurityScheme.Type.HTTP)
                        .scheme("bearer")
                        .bearerFormat("JWT"))
                .addSchemas(
                    PROBLEM,
                    new ObjectSchema()
                        .addProperty(
                            "type",
                            new StringSchema()
                                ._enum(
                                    Stream.concat(
                                            Arrays.stream(Problem.values()).map(Problem::type),
                                            ProblemType.BEFORE_ENDPOINTS.stream())
                                        .map(problem -> problem.type().toString())
                                        .toList()))
                        .addProperty("title", new StringSchema())
                        .addProperty("status", new IntegerSchema())
                        .addProperty(
                            "detail",
                            new StringSchema().description("What was wrong, and what to do."))
                        .addProperty("instance", new StringSchema()))
                .addResponses(
                    "Export",
                    new ApiResponse()
                        .description(
                            "A file: CSV that is safe in a spreadsheet, or a JSON object a line."
                                + " One that ends without the end of its last chunk is not whole.")
                        .content(
                            Arrays.stream(ExportFormat.values())
                                .collect(
                                    Content::new,
                                    (content, format) ->
                                        content.addMediaType(
                                            format.mediaType(),
                                            new MediaType().schema(new StringSchema())),
                                    Content::putAll)))
                .addResponses(
                    PROBLEM,
                    new ApiResponse()
                        .description("It was not done; says why")
                        .content(
                            new Content()
                                .addMediaType(
                                    org.springframework.http.MediaType
                                        .APPLICATION_PROBLEM_JSON_VALUE,
                                    new MediaType()
                                        .schema(
                                            new ObjectSchema()
                                                .$ref("#/components/schemas/" + PROBLEM))))));
  }

  /** Records that lie in others have their names before their own: there is more than one Line. */
  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE) // who adds what Javadoc says asks it, and so comes behind it
  ModelResolver schemaNames(ObjectMapperProvider mapper) {
    return new ModelResolver(
            mapper.jsonMapper(),
            new TypeNameResolver() {
              @Override
              protected String getNameOfClass(Class<?> type) {
                Class<?> outer = type.getEnclosingClass();
                return outer == null
                    ? type.getSimpleName()
                    : withoutApi(outer) + type.getSimpleName();
              }
            })
        .openapi31(true);
  }

  @Bean
  OperationCustomizer operationNames() {
    return (operation, method) ->
        operation.operationId(
            withoutApi(method.getBeanType()) + "_" + method.getMethod().getName());
  }

  @Bean
  OperationCustomizer problems() {
    return (operation, method) -> {
      Problems problems = method.getMethodAnnotation(Problems.class);
      if (problems != null) {
        for (int status : problems.value()) {
          mayBeProblem(operation, String.valueOf(status));
        }
      }
      return operation;
    };
  }

  private static void mayBeProblem(Operation operation, String status) {
    operation
        .getResponses()
        .putIfAbsent(status, new ApiResponse().$ref("#/components/responses/" + PROBLEM));
  }

  private static String withoutApi(Class<?> type) {
    return type.getSimpleName().replaceFirst("Api$", "");
  }

  /**
   * What every operation has; and everything in the order of its name, so that it can be compared.
   */
  @Bean
  OpenApiCustomizer common() {
    return api -> {
      api.getPaths()
          .values()
          .forEach(
              path -> {
                path.readOperations()
                    .forEach(
                        operation -> {
                          mayBeAbsentButNotNull(operation);
                          mayBeProblem(operation, "401");
                          mayBeProblem(operation, "403");
                        });
                if (path.getPost() != null) {
                  path.getPost()
                      .addParametersItem(
                          new HeaderParameter()
                              .name(IdempotencyFilter.HEADER)
                              .required(false)
                              .description(
                                  "A repetition with the same key is answered as the first.")
                              .schema(new StringSchema().maxLength(255)));
                }
              });
      var sorted = new io.swagger.v3.oas.models.Paths();
      new TreeMap<>(api.getPaths()).forEach(sorted::addPathItem);
      api.setPaths(sorted);
      api.getComponents().setSchemas(new TreeMap<>(api.getComponents().getSchemas()));
      new Vocabulary().describe(api);
      if (api.getTags() != null) {
        var tags = new ArrayList<>(api.getTags());
        tags.sort((a, b) -> a.getName().compareTo(b.getName()));
        api.setTags(tags);
      }
    };
  }

  /** What an address says nothing of is absent; it can't say null. */
  private static void mayBeAbsentButNotNull(Operation operation) {
    if (operation.getParameters() != null) {
      operation.getParameters().stream()
          .map(Parameter::getSchema)
          .filter(schema -> schema != null && schema.getTypes() != null)
          .forEach(schema -> schema.getTypes().remove("null"));
    }
  }
}
