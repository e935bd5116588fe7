package store

// MergeStatements lets a test check that every table is merged.
var MergeStatements = mergeStatements
