import SNNCalculus
import SNNData
import SNNIR
import SNNRuntime
import SNNSema
import SNNSyntax

// Types of the layers below that the library's own interface speaks of, so that a user imports nothing but `SNN`.

public typealias Batch = SNNRuntime.Batch
public typealias BlackBox = SNNData.BlackBox
public typealias Cancellation = SNNRuntime.Cancellation
public typealias Derivation = SNNCalculus.Derivation
public typealias Diagnostic = SNNSyntax.Diagnostic
public typealias DisplayUnit = SNNIR.DisplayUnit
public typealias InstructionSet = SNNRuntime.InstructionSet
public typealias JSONRenderer = SNNSyntax.JSONRenderer
public typealias MathStyle = SNNCalculus.MathStyle
public typealias NDArray = SNNData.NDArray
public typealias NIRFile = SNNData.NIRFile
public typealias Precision = SNNRuntime.Precision
public typealias Profile = SNNRuntime.Profile
public typealias RecordRequest = SNNIR.RecordRequest
public typealias Severity = SNNSyntax.Severity
public typealias SourceText = SNNSema.SourceText
public typealias UseDecl = SNNSyntax.UseDecl
