import SNNTools

/// What verbs print for machines.
typealias JSON = SNNTools.JSON
