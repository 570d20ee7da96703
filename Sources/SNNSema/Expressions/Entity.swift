import SNNIR
import SNNSyntax

/// What a name stands for. Misuse says which kind was expected.
public enum EntityKind: String, Hashable, Sendable {
  case parameter
  case state
  case port
  case binder = "port's arrivals"
  case spike = "spike flag"
  case drive
  case input
  case data = "field of the data"
  case dataSet = "data set"
  case weight
  case function
  case surrogate
  case neuron
  case synapse
  case network
  case task
  case population
  case connection
  case letBinding = "abbreviation"
  case ambient = "built-in name"
  case argument
  case score
  case signal
  case part
}

/// What an expression is: a number of some dimension, a condition, or what has already been complained about (which
/// agrees with everything, so that one mistake gives one message).
public enum ExpressionType: Hashable, Sendable {
  case number(DimensionTerm)
  case boolean
  case error

  public static let dimensionless = ExpressionType.number(.one)
}

/// How often a value changes.
public enum Level: String, Hashable, Sendable, Comparable {
  case constant
  case perSample = "per sample"
  case perTime = "per time"

  private var rank: Int { self == .constant ? 0 : self == .perSample ? 1 : 2 }
  public static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }

  public init(_ domain: Domain) {
    if domain.axes.contains(.tick) {
      self = .perTime
    } else if domain.axes.contains(.sample) || domain.phase > .once {
      self = .perSample
    } else {
      self = .constant
    }
  }
}

/// A declared name as expressions see it.
public struct Entity: Sendable {
  public var name: String
  public var kind: EntityKind
  /// Where it is declared; nil for ambient names.
  public var span: Span?
  public var type: ExpressionType
  /// nil: it has no value of its own (a population, a data set).
  public var value: ValueID?
  /// The unit written at its declaration.
  public var unit: ResolvedUnit?
  /// Index into what the kind lists, where there is a list (populations, inputs, connections, functions).
  public var index: Int

  public init(
    _ name: String, _ kind: EntityKind, span: Span? = nil, type: ExpressionType = .error, value: ValueID? = nil,
    unit: ResolvedUnit? = nil, index: Int = 0
  ) {
    self.name = name
    self.kind = kind
    self.span = span
    self.type = type
    self.value = value
    self.unit = unit
    self.index = index
  }
}

/// The names of one block, in order of declaration.
public struct Scope: Sendable {
  public private(set) var entities: [Entity] = []
  private var places: [String: Int] = [:]

  public init() {}

  public subscript(name: String) -> Entity? { places[name].map { entities[$0] } }

  /// Adds the name, or replaces it where it is.
  public mutating func set(_ entity: Entity) {
    if let place = places[entity.name] {
      entities[place] = entity
    } else {
      places[entity.name] = entities.count
      entities.append(entity)
    }
  }
}

/// A checked expression, lowered.
public struct Checked: Sendable {
  public var value: ValueID
  public var type: ExpressionType
  public var span: Span
  /// The unit that the user wrote for it: a literal's, a name's, or that of `as`.
  public var unit: ResolvedUnit?
  /// Where its dimension comes from, when that is a declaration.
  public var origin: Span?

  public init(
    _ value: ValueID, _ type: ExpressionType, _ span: Span, unit: ResolvedUnit? = nil, origin: Span? = nil
  ) {
    self.value = value
    self.type = type
    self.span = span
    self.unit = unit
    self.origin = origin
  }

  public var isError: Bool { type == .error }
  public var dimension: DimensionTerm? { if case .number(let term) = type { term } else { nil } }
}
