#if HDF5
  import CHDF5

  extension HDF5Library {
    /// Samples read at once: bounds what the library's own copies take.
    private static let raggedRows = 64

    static func readRagged(_ id: Int64, file: String, name: String, rows: Range<Int>?) throws(DataError)
      -> RaggedArray
    {
      try locked { () throws(DataError) in
        let dataset = try openDataset(id, file: file, name: name)
        let type = Handle(H5Dget_type(dataset.id), H5Tclose)
        let shape = try extent(
          of: Handle(H5Dget_space(dataset.id), H5Sclose), file: file, name: name)
        let element = Handle(H5Tget_super(type.id), H5Tclose)
        let elementClass = H5Tget_class(element.id)
        guard H5Tget_class(type.id) == H5T_VLEN,
          elementClass == H5T_FLOAT || elementClass == H5T_INTEGER
        else {
          throw .wrongType(
            file: file, name: name, found: "no lists of numbers",
            expected: "one variable-length list per sample")
        }
        guard shape.count == 1 else {
          throw .wrongRank(
            file: file, name: name, shape: shape, expected: "one list per sample: rank 1")
        }
        let rows = rows ?? 0..<shape[0]
        let source = RaggedSource(dataset: dataset.id, file: file, name: name, count: shape[0], rows: rows)
        let size = H5Tget_size(element.id)
        if elementClass == H5T_FLOAT {
          if size <= 4 { return try source.read(snn_h5t_float(), Float(0)) { .float32($0) } }
          return try source.read(snn_h5t_double(), Double(0)) { .float64($0) }
        }
        if size < 4 { return try source.read(snn_h5t_int32(), Int32(0)) { .int32($0) } }
        return try source.read(snn_h5t_int64(), Int64(0)) { .int64($0) }
      }
    }

    private struct RaggedSource {
      let dataset: hid_t
      let file: String
      let name: String
      let count: Int
      let rows: Range<Int>

      func read<Value>(_ element: hid_t, _: Value, _ wrap: ([Value]) -> NDArray.Elements)
        throws(DataError)
        -> RaggedArray
      {
        let type = Handle(H5Tvlen_create(element), H5Tclose)
        var values: [Value] = []
        var offsets = [0]
        offsets.reserveCapacity(rows.count + 1)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: raggedRows) {
          let space = Handle(H5Dget_space(dataset), H5Sclose)
          var shape = [count]
          let memory = try select(
            start..<min(rows.upperBound, start + raggedRows), of: space, shape: &shape, file: file, name: name
          )
          var lists = [hvl_t](repeating: hvl_t(len: 0, p: nil), count: shape[0])
          let status = H5Dread(dataset, type.id, memory.id, space.id, 0, &lists)
          defer { H5Dvlen_reclaim(type.id, memory.id, 0, &lists) }
          guard status >= 0 else {
            throw .corrupt(file: file, detail: "`\(name)`: \(lastMessage())")
          }
          // As if the others were as long as these: for lists of one block just the room that they need.
          let most = lists.reduce(0) { $0 + $1.len }
          if start == rows.lowerBound {
            let all = Double(most) * Double(rows.count) / Double(max(lists.count, 1))
            values.reserveCapacity(Int(min(0x1p27, all)))
          }
          for list in lists {
            if let base = list.p, list.len > 0 {
              values += UnsafeBufferPointer(
                start: base.assumingMemoryBound(to: Value.self), count: list.len)
            }
            offsets.append(values.count)
          }
        }
        return try RaggedArray(
          values: NDArray(unchecked: [values.count], wrap(values)), offsets: offsets)
      }
    }
  }
#endif
