/// The version of the language and its tools.
public enum SNNVersion {
  public static let current = "0.1.0"
}
