using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Faultbox.Linux.Shim;

/// <summary>The interpreter of one architecture.</summary>
internal sealed class InterpreterCode
{
    private readonly byte[] _code;
    private readonly int _tableField;

    private InterpreterCode(ReadOnlySpan<byte> code, int tableField, int callSite) =>
        (_code, _tableField, CallSiteOffset) = (code.ToArray(), tableField, callSite);

    /// <summary>The interpreter of the running machine.</summary>
    public static InterpreterCode Native { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? new InterpreterCode(InterpreterArm64.Code, InterpreterArm64.TableFieldOffset, InterpreterArm64.CallSiteOffset)
        : new InterpreterCode(InterpreterX64.Code, InterpreterX64.TableFieldOffset, InterpreterX64.CallSiteOffset);

    /// <summary>Offset of the address after the one instruction that makes calls.</summary>
    public int CallSiteOffset { get; }

    /// <summary>Length with padding to 8 bytes.</summary>
    public int PaddedLength => (_code.Length + 7) & ~7;

    /// <summary>The code with the address of its table.</summary>
    public byte[] Bytes(ulong table)
    {
        var code = (byte[])_code.Clone();
        BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(_tableField), table);
        return code;
    }
}
