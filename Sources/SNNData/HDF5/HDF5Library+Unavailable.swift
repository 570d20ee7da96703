#if !HDF5
  /// The same calls in a build without the package trait `HDF5`.
  enum HDF5Library {
    static func open(_ path: String) throws(DataError) -> Int64 { throw unavailable(path) }
    static func close(_ id: Int64) {}
    static func exists(_ file: Int64, _ name: String) throws(DataError) -> Bool {
      throw unavailable("")
    }

    static func shape(_ id: Int64, file: String, name: String) throws(DataError) -> [Int] {
      throw unavailable(file)
    }

    static func entries(_ id: Int64, file: String, under group: String) throws(DataError)
      -> [HDF5Entry]
    {
      throw unavailable(file)
    }

    static func read(_ id: Int64, file: String, name: String, rows: Range<Int>?) throws(DataError)
      -> NDArray
    {
      throw unavailable(file)
    }

    static func readRagged(_ id: Int64, file: String, name: String, rows: Range<Int>?) throws(DataError)
      -> RaggedArray
    {
      throw unavailable(file)
    }

    static func attribute(_ id: Int64, file: String, name: String, attribute: String)
      throws(DataError) -> NDArray?
    {
      throw unavailable(file)
    }

    static func attributes(_ id: Int64, file: String, name: String) throws(DataError) -> [String:
      NDArray]
    {
      throw unavailable(file)
    }

    static func encode(_ document: consuming HDF5Document, file: String) throws(DataError) -> [UInt8] {
      throw unavailable(file)
    }

    private static func unavailable(_ file: String) -> DataError {
      .unsupported(
        file: file, what: "this build reads and writes no HDF5 files",
        hint:
          "build with the package trait HDF5, which needs libhdf5-dev, or use .csv or .npy files")
    }
  }
#endif
