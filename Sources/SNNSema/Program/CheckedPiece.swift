import SNNSyntax

/// What checking a neuron or a network found, where nothing was wrong with it. While its text and the texts of all that
/// it names stay as they are, the next check takes it over. Places are kept within declarations, for what stands above
/// them may grow.
struct CheckedPiece: Sendable {
  struct Place: Sendable {
    /// Of the declarations that the text names, in the order of `Closure`.
    var declaration: Int
    var lower: Int
    var upper: Int
  }

  var listing: (text: String, entries: [TypeEntry])
  var used: [Place]
  var unfed: [(population: String, drive: String, place: Place)] = []
  /// A network's; its locations are `places`.
  var model: LoweredModel?
  var places: [Place] = []
}

/// A declaration with all that it names, directly or not.
struct Closure {
  /// The texts, with the names of their files.
  var key: [UInt8] = []
  /// Where they stand, itself first.
  var spans: [Span]

  func place(of span: Span) -> CheckedPiece.Place? {
    let found = spans.firstIndex { $0.file == span.file && $0.lower <= span.lower && span.upper <= $0.upper }
    return found.map {
      .init(
        declaration: $0, lower: Int(span.lower) - Int(spans[$0].lower), upper: Int(span.upper) - Int(spans[$0].lower))
    }
  }

  func span(at place: CheckedPiece.Place) -> Span {
    let home = spans[place.declaration]
    return Span(file: home.file, lower: Int(home.lower) + place.lower, upper: Int(home.lower) + place.upper)
  }
}

extension ProgramChecking {
  /// Takes over what an earlier check found.
  /// - Returns: whether there was something.
  mutating func reuse(_ closure: Closure?) -> Bool {
    guard let closure, let piece = options.previous?.pieces[closure.key] else { return false }
    result.pieces[closure.key] = piece
    listing.append(piece.listing.text, piece.listing.entries)
    used.formUnion(piece.used.map(closure.span))
    unfed += piece.unfed.map { ($0.population, $0.drive, closure.span(at: $0.place)) }
    if var model = piece.model {
      model.locations = piece.places.map(closure.span)
      result.networks[model.network.name] = model
    }
    return true
  }

  /// Keeps what was found for the next check, unless something was to be said.
  mutating func keep(
    _ closure: Closure?, _ checker: ExpressionChecker, since before: (listing: TypeListing, unfed: Int),
    model: LoweredModel? = nil
  ) {
    guard let closure, checker.diagnostics.isEmpty, checker.errorCount == 0, !isTooLarge else { return }
    let isFaulty = { (spans: [Span]) in spans.contains { closure.spans.contains($0) } }
    guard !isFaulty(faultyNeurons.map { context.neurons[$0].decl.span }),
      !isFaulty(faultySynapses.map { context.synapses[$0].decl.span })
    else { return }
    var piece = CheckedPiece(listing: listing.added(since: before.listing), used: [], model: model)
    for span in checker.used {
      guard let place = closure.place(of: span) else { return }
      piece.used.append(place)
    }
    for drive in unfed[before.unfed...] {
      guard let place = closure.place(of: drive.span) else { return }
      piece.unfed.append((drive.population, drive.drive, place))
    }
    for span in model?.locations ?? [] {
      guard let place = closure.place(of: span) else { return }
      piece.places.append(place)
    }
    result.pieces[closure.key] = piece
  }

  /// nil where nothing can be taken over: with `--set`, values come from elsewhere.
  mutating func closure(of span: Span) -> Closure? {
    guard options.keepsPieces, settings.isEmpty else { return nil }
    var closure = Closure(spans: [span])
    var place = 0
    while place < closure.spans.count {
      let span = closure.spans[place]
      let source = context.sources[span.file]
      closure.key += source.name.utf8
      closure.key.append(0)
      closure.key += source.utf8[Int(span.lower)..<Int(span.upper)]
      closure.key.append(0)
      for other in declarationsNamed(in: span) where !closure.spans.contains(other) { closure.spans.append(other) }
      place += 1
    }
    return closure
  }

  /// Declarations whose names stand in a text. Some may mean something else there; then more is checked again than need
  /// be.
  private mutating func declarationsNamed(in span: Span) -> [Span] {
    if let known = named[span] { return known }
    let globals = globals(of: span.file)
    var found: [Span] = []
    let bytes = context.sources[span.file].utf8[Int(span.lower)..<Int(span.upper)]
    let words = bytes.split { byte in
      !(byte >= 128 || byte == 95 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte))
    }
    for word in words {
      guard let other = globals[String(decoding: word, as: UTF8.self)], other != span, !found.contains(other) else {
        continue
      }
      found.append(other)
    }
    named[span] = found
    return found
  }

  private mutating func globals(of file: FileID) -> [String: Span] {
    if let known = declared[file] { return known }
    var result: [String: Span] = [:]
    if let names = context.names[file] {
      for (name, index) in names.functions { result[name] = context.functions[index].decl.span }
      for (name, index) in names.surrogates { result[name] = context.surrogates[index].decl.span }
      for (name, index) in names.neurons { result[name] = context.neurons[index].decl.span }
      for (name, index) in names.synapses { result[name] = context.synapses[index].decl.span }
      for (name, index) in names.networks { result[name] = context.networks[index].decl.span }
      // A converted network names the task that trains it.
      for (name, index) in names.tasks { result[name] = context.tasks[index].decl.span }
    }
    declared[file] = result
    return result
  }
}
