using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Faultbox.Linux.Shim;

/// <summary>The interpreter of one architecture.</summary>
internal sealed class InterpreterCode
{
    private const ushort MachineX64 = 62;
    private const ushort MachineArm64 = 183;

    private readonly byte[] _code;
    private readonly int _tableField;

    private InterpreterCode(ushort machine, ReadOnlySpan<byte> code, int tableField, int callSite) =>
        (Machine, _code, _tableField, CallSiteOffset) = (machine, code.ToArray(), tableField, callSite);

    /// <summary>The interpreter for x86_64.</summary>
    public static InterpreterCode X64 { get; } =
        new(MachineX64, InterpreterX64.Code, InterpreterX64.TableFieldOffset, InterpreterX64.CallSiteOffset);

    /// <summary>The interpreter for arm64.</summary>
    public static InterpreterCode Arm64 { get; } =
        new(MachineArm64, InterpreterArm64.Code, InterpreterArm64.TableFieldOffset, InterpreterArm64.CallSiteOffset);

    /// <summary>The interpreter of the running machine.</summary>
    public static InterpreterCode Native => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;

    /// <summary>The machine id in the ELF header.</summary>
    public ushort Machine { get; }

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
