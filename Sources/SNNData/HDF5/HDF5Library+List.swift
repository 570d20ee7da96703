#if HDF5
  import CHDF5

  extension HDF5Library {
    static func entries(_ id: Int64, file: String, under group: String) throws(DataError)
      -> [HDF5Entry]
    {
      try locked { () throws(DataError) in
        let object = Handle(snn_h5_open_object(id, group), H5Oclose)
        guard object.isOpen else {
          let groups = unlockedEntries(id, under: "/").filter { !$0.isDataset }.map(\.path)
          throw .missing(file: file, kind: "group", name: group, available: groups)
        }
        guard H5Iget_type(object.id) == H5I_GROUP else {
          throw .wrongKind(file: file, name: group, found: "a dataset", expected: "a group")
        }
        return unlockedEntries(id, under: group)
      }
    }

    /// Depth first with a stack of its own. A group is listed at the first path that reaches it, so that groups which
    /// contain themselves end.
    static func unlockedEntries(_ id: Int64, under root: String) -> [HDF5Entry] {
      var result: [HDF5Entry] = []
      var seen: Set<UInt64> = []
      var pending = [root]
      while let path = pending.popLast() {
        let object = Handle(snn_h5_open_object(id, path), H5Oclose)
        guard object.isOpen else { continue }
        switch H5Iget_type(object.id) {
        case H5I_DATASET:
          let space = Handle(H5Dget_space(object.id), H5Sclose)
          let rank = max(0, H5Sget_simple_extent_ndims(space.id))
          var lengths = [hsize_t](repeating: 0, count: Int(rank))
          H5Sget_simple_extent_dims(space.id, &lengths, nil)
          result.append(HDF5Entry(path: path, shape: lengths.map { Int(clamping: $0) }))
        case H5I_GROUP:
          var address: UInt64 = 0
          guard snn_h5_address(object.id, &address) == 0, seen.insert(address).inserted else {
            continue
          }
          if path != root { result.append(HDF5Entry(path: path, shape: nil)) }
          for name in memberNames(of: object).reversed()
          where snn_h5_link_kind(object.id, name) != 2 {
            pending.append(path == "/" ? "/" + name : path + "/" + name)
          }
        default: break
        }
      }
      return result
    }

    private static func memberNames(of group: borrowing Handle) -> [String] {
      var info = H5G_info_t()
      guard H5Gget_info(group.id, &info) >= 0 else { return [] }
      return (0..<info.nlinks).compactMap { index in
        text { H5Lget_name_by_idx(group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, $0, $1, 0) }
      }
    }

    /// Asks for the length first, then for the text.
    static func text(_ get: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String? {
      let length = get(nil, 0)
      guard length >= 0, length < 1 << 20 else { return nil }
      var buffer = [CChar](repeating: 0, count: length + 1)
      guard get(&buffer, length + 1) >= 0 else { return nil }
      return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
#endif
