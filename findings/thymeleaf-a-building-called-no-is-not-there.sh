#!/usr/bin/env bash
# org.thymeleaf:thymeleaf-spring6 3.1.5.RELEASE with org.springframework:spring-context 7.0.10, Java 17 or newer
#
# <dd th:if="${building}" th:text="${building}"> shows a device's building where there is one; whoever knows templates guesses: unless it is
# null, or perhaps the empty text. Thymeleaf takes the texts no, off and false for a no, in any case and with blanks around them, wherever it
# asks: th:if, th:unless, `and`, `not`, a ? b : c. So the North Office, "NO" in the manifest, is nowhere on the page, while the empty text
# counts as a yes. `${building} ?: '-'` shows NO, and an empty building as nothing; `${building ?: '-'}`, with the question within the
# braces, is Spring's own, and shows a - for the empty one, too. Three ways to ask the same, and three answers.
# Right for Muster: its templates ask `!= null`, or true or false of the program, never a text by itself; an empty field of a manifest is no
# value (docs/manifests.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.thymeleaf</groupId><artifactId>thymeleaf-spring6</artifactId><version>3.1.5.RELEASE</version></dependency>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-context</artifactId><version>7.0.10</version></dependency>
  </dependencies>
</project>
POM
cat > Buildings.java <<'JAVA'
import java.util.*;
import org.thymeleaf.context.Context;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.templateresolver.StringTemplateResolver;

class Buildings {
  static final Map<String, String> TEMPLATES = new LinkedHashMap<>();

  public static void main(String[] args) {
    TEMPLATES.put("th:if", "<th:block th:if='${building}' th:text='${building}'/>");
    TEMPLATES.put("a ? b : c", "<th:block th:text=\"${building} ? 'there' : 'none'\"/>");
    TEMPLATES.put("${a} ?: b", "<th:block th:text=\"${building} ?: '-'\"/>");
    TEMPLATES.put("${a ?: b}", "<th:block th:text=\"${building ?: '-'}\"/>");
    TEMPLATES.put("!= null", "<th:block th:if='${building != null}' th:text='${building}'/>");
    var engine = new SpringTemplateEngine();
    engine.setTemplateResolver(new StringTemplateResolver());
    for (String building : Arrays.asList("B7", "NO", " Off ", "false", "0", "", null)) {
      var line = new StringJoiner(", ", (building == null ? "null" : "'" + building + "'") + ": ", "");
      TEMPLATES.forEach((name, template) -> line.add(
          name + " [" + engine.process(template, new Context(Locale.ROOT, Collections.singletonMap("building", building))) + "]"));
      System.out.println(line);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Buildings.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
'B7': th:if [B7], a ? b : c [there], ${a} ?: b [B7], ${a ?: b} [B7], != null [B7]
'NO': th:if [], a ? b : c [none], ${a} ?: b [NO], ${a ?: b} [NO], != null [NO]
' Off ': th:if [], a ? b : c [none], ${a} ?: b [ Off ], ${a ?: b} [ Off ], != null [ Off ]
'false': th:if [], a ? b : c [none], ${a} ?: b [false], ${a ?: b} [false], != null [false]
'0': th:if [0], a ? b : c [there], ${a} ?: b [0], ${a ?: b} [0], != null [0]
'': th:if [], a ? b : c [there], ${a} ?: b [], ${a ?: b} [-], != null []
null: th:if [], a ? b : c [none], ${a} ?: b [-], ${a ?: b} [-], != null []
SEEN
