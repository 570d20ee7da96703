#if HDF5
  import CHDF5
  import Synchronization

  /// The calls into libhdf5: each function takes the lock, does all its work, and leaves no id open but the file's.
  enum HDF5Library {
    private static let lock: Mutex<Void> = {
      snn_h5_no_exit_handler()
      return Mutex(())
    }()

    /// Runs `body` alone, with the library's error printing off.
    static func locked<Value>(_ body: () throws(DataError) -> Value) throws(DataError) -> Value {
      var result: Result<Value, DataError>?
      lock.withLock { _ in
        let handler = snn_h5_silence()
        do throws(DataError) { result = .success(try body()) } catch { result = .failure(error) }
        snn_h5_restore(handler)
      }
      return try result!.get()
    }

    static func open(_ path: String) throws(DataError) -> Int64 {
      let size = try FileBytes.regularSize(path)
      guard size > 0 else { throw .empty(file: path, what: "the file") }
      return try locked { () throws(DataError) in
        let access = Handle(snn_h5p_file_access(), H5Pclose)
        // Objects still open when the file is closed are closed with it; files are replaced atomically, so a reader
        // needs no lock, which network file systems refuse.
        H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG)
        H5Pset_file_locking(access.id, false, true)
        let id = snn_h5_open_read(path, access.id)
        guard id < 0 else { return id }
        let detail = lastMessage()
        if detail.hasPrefix("truncated") {
          let announced = detail.split(separator: " ").last.flatMap { Int($0) }
          throw .truncated(file: path, detail: announced.map { "it has \(size) of \($0) bytes" } ?? detail)
        }
        if H5Fis_hdf5(path) > 0 { throw .corrupt(file: path, detail: detail) }
        throw .wrongFormat(
          file: path, expected: "an HDF5 file, which begins with the bytes 89 48 44 46",
          found: "it begins with \(try FileBytes.firstBytes(path))")
      }
    }

    static func close(_ id: Int64) {
      _ = try? locked { () throws(DataError) in H5Fclose(id) }
    }

    static func exists(_ file: Int64, _ name: String) throws(DataError) -> Bool {
      try locked { () throws(DataError) in Handle(snn_h5_open_object(file, name), H5Oclose).isOpen }
    }

    static func shape(_ id: Int64, file: String, name: String) throws(DataError) -> [Int] {
      try locked { () throws(DataError) in
        let dataset = try openDataset(id, file: file, name: name)
        return try extent(of: Handle(H5Dget_space(dataset.id), H5Sclose), file: file, name: name)
      }
    }

    static func lastMessage() -> String {
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        guard let base = buffer.baseAddress else { return "" }
        snn_h5_last_message(base, buffer.count)
        return String(cString: base)
      }
    }

    /// Opens a dataset, or says which are there.
    static func openDataset(_ id: Int64, file: String, name: String) throws(DataError) -> Handle {
      let object = Handle(snn_h5_open_object(id, name), H5Oclose)
      guard object.isOpen else {
        let detail = lastMessage()
        let names = unlockedEntries(id, under: "/").filter(\.isDataset).map(\.path)
        if names.contains(name) { throw .corrupt(file: file, detail: "`\(name)`: \(detail)") }
        throw .missing(file: file, kind: "dataset", name: name, available: names)
      }
      guard H5Iget_type(object.id) == H5I_DATASET else {
        let members = unlockedEntries(id, under: name).map(\.path)
        throw .wrongKind(
          file: file, name: name,
          found: members.isEmpty
            ? "an empty group" : "a group of \(members.prefix(8).joined(separator: ", "))",
          expected: "a dataset")
      }
      return object
    }

    /// The shape of a dataspace; `[]` for a scalar.
    static func extent(of space: borrowing Handle, file: String, name: String) throws(DataError)
      -> [Int]
    {
      let rank = H5Sget_simple_extent_ndims(space.id)
      guard rank >= 0, H5Sget_simple_extent_type(space.id) != H5S_NULL else {
        throw .empty(file: file, what: "`\(name)`")
      }
      var lengths = [hsize_t](repeating: 0, count: Int(rank))
      H5Sget_simple_extent_dims(space.id, &lengths, nil)
      let shape = lengths.map { Int(clamping: $0) }
      guard let count = NDArray.count(of: shape), count <= FileBytes.memory / 8 else {
        throw .tooLarge(file: file, name: name, shape: shape)
      }
      return shape
    }
  }

  /// An id of the library, closed at the end of its scope.
  struct Handle: ~Copyable {
    let id: hid_t
    private let close: @Sendable (hid_t) -> herr_t

    init(_ id: hid_t, _ close: @escaping @Sendable (hid_t) -> herr_t) {
      self.id = id
      self.close = close
    }

    var isOpen: Bool { id >= 0 }

    deinit { if id >= 0 { _ = close(id) } }
  }
#endif
