"""PyDot's part in TypeScript: members and classes in sources of npm packages, judged by TypeScript's compiler."""
