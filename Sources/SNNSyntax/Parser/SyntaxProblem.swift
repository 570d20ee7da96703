/// What the parser was waiting for. The English is in `ParserMessages.swift`.
enum Expected: Hashable, Sendable {
  case token(TokenKind)
  case word(String)
  case separatorOrClosing(TokenKind)
  case expression, type, unit, unitExponent, memberName, argumentName, declaration, usePath
  case functionName, surrogateName, neuronName, synapseName, networkName, taskName, sweepName
  case parameterName, stateName, letName, driveName, portName, portBinder, portBinderName,
    integrator
  case inputName, inputType, populationName, partName, signalName, connectionName, pattern, sign,
    weightOrDelay
  case initialiser, modulatorName, synapseEvent, dataName, scoreName, learningRule, axisName
  case assignment, assignmentTarget, equation, rateOrProbability, reductionAxis
  case neuronItem, synapseItem, networkItem, connectItem, taskItem
}

/// Everything that can be wrong with the form of a text, with what a message needs to say it. Semantic phases have
/// enums of their own.
enum SyntaxProblem: Hashable, Sendable {
  // Lexical.
  case invalidUTF8(Span)
  case controlCharacter(Span, UInt8)
  case unexpectedCharacter(Span, String)
  case unterminatedString(Span)
  case lookalike(Span, String, String)
  case leadingDot(Span)
  case missingUnitSpace(Span, at: Span)
  case hashComment(Span)
  case blockComment(Span)
  case unknownUnit(String, Span, String?)
  case unknownEscape(Span)
  case numberOutOfRange(Span)

  // Syntax.
  case expected(Expected, FoundToken)
  case unexpected(FoundToken)
  case unexpectedItem(FoundToken)
  case unclosedBracket(TokenKind, Span, FoundToken)
  case strayBrace(Span)
  case nestedTooDeeply(Span, limit: Int)
  case expressionTooLong(Span, limit: Int)
  case powerOperator(Span)
  case pythonColon(Span, String)
  case missingOpeningBrace(String, FoundToken)
  case missingClosingBrace(String, opening: Span, at: Span)
  case notAssignment(Span, String)
  case assignmentInCondition(Span)
  case foreignOperator(Span, String, String)
  case foreignKeyword(String, Span, String?)
  case ternary(Span)
  case reservedWord(String, Span, Expected)
  case bareEquation(String, Span, isDeclared: Bool)
  case jumpOutsideBody(String, Span)
  case misspeltDerivative(Span, String)
  case derivativeNotLast(Span, String)
  case primeInExpression(Span)
  case chainedComparison(Span, Span)
  case unitWithoutNumber(String, Span, gap: Span)
  case unknownItem(String, Span, owner: String, String?)
  case missingWord(String, before: Span, String)
  case misplacedWord(String, Span, String)
  case unknownReduction(String, Span, String?)
  case unknownReductionAxis(String, Span, String?)
}
