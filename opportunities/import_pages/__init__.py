"""The pages of the import of a file: start, how it is read, columns, values, preview, report and undo."""
