#if HDF5
  import Foundation
  import Testing

  @testable import SNN

  @Suite struct DataFieldTests {
    /// `onehot(label)` means the same whatever kind of file the labels come from: 1 at the label, 0 elsewhere.
    @Test func oneHotOfEventFiles() throws {
      let folder = Reference.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "SNNDataTests/Fixtures")
      let program = Program.compile(
        """
        neuron R {
          state U = 0
          next U = 0.9 * U
          on input(w) { U += w }
        }
        network N {
          step 1 ms
          input ear : spikes[700]
          population o = R[20]
          connect ear -> o as w { learnable weight ~ normal(0, 1) }
        }
        task speech of N {
          data train = events("events.h5")
          feed ear = events(sample)
          run for 20 ms
          loss = mse(last over time of o.U, onehot(label))
          learn by bptt
          optimise sgd(rate = 1e-3)
        }
        """, folder: folder.path)
      #expect(!program.hasErrors, "\(program.rendered())")
      let session = try Session(try program.model(), gradient: true)
      let field = try #require(session.model.task.fields.first { !$0.transforms.isEmpty })
      let values = try session.encoder.data.field(field, of: 0)
      #expect(values.units == 20 && values.samples == 3)
      #expect(values.values.indices.filter { values.values[$0] != 0 } == [4, 20, 59])
      #expect(values.values.reduce(0, +) == 3)
      _ = try session.engine.run(try session.batch(source: 0, samples: [0, 1, 2], epoch: nil), gradient: true)
    }
  }
#endif
