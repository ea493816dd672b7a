#!/bin/sh
# Takes the pictures of all pages anew, in a real browser: docs/screenshots.sh [FOLDER], docs/screenshots by default.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-docs/screenshots}
rm -rf target/test-home-1-console
./mvnw -q -B test-compile surefire:test -Dtest=Screenshots -DforkCount=1 \
  -Dmuster.test.jvm-options="-Djava.awt.headless=true -Dmuster.screenshots=$folder"
echo "The pictures are in $folder."
