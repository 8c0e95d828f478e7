// Reads one JSON string a line; answers each with a line, a JSON list of the parser's errors.
"use strict";
const typescript = require("./typescript/node_modules/typescript");
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const file = typescript.createSourceFile("text.ts", JSON.parse(line), typescript.ScriptTarget.Latest, false, typescript.ScriptKind.TS);
  const errors = file.parseDiagnostics.map((found) => typescript.flattenDiagnosticMessageText(found.messageText, " "));
  process.stdout.write(JSON.stringify(errors) + "\n");
});
