using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Seccomp;

/// <summary>
/// A classic BPF program that sends chosen calls to a listener and lets everything else run. Calls in another calling convention, such as
/// those of a 32-bit program, have other numbers: all of them are sent, so that they are seen to pass by every rule.
/// </summary>
public sealed class SeccompFilter
{
    private const ushort LoadAbsolute = 0x20;
    private const ushort JumpAlways = 0x05;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreaterOrEqual = 0x35;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7fff0000;
    private const uint Notify = 0x7fc00000;
    private const uint NoSuchCall = 0x00050000 | 38;
    private const uint ForeignAbiBit = 0x40000000;
    private const int NumberOffset = 0;
    private const int ArchitectureOffset = 4;
    private const int PointerOffset = 8;
    private const int InstructionSize = 8;

    private SeccompFilter(byte[] program) => Program = program;

    /// <summary>Instructions, 8 bytes each: <c>struct sock_filter</c>.</summary>
    public ReadOnlyMemory<byte> Program { get; }

    /// <summary>Number of instructions.</summary>
    public int Length => Program.Length / InstructionSize;

    /// <summary>Audit architecture id of the running machine.</summary>
    public static uint NativeArchitecture { get; } = AuditId(RuntimeInformation.ProcessArchitecture);

    /// <summary>True when a call is made in this machine's own calling convention, whose numbers rules are about.</summary>
    public static bool IsNative(ref readonly SeccompNotification call) => call.Arch == NativeArchitecture && (uint)call.Number < ForeignAbiBit;

    /// <summary>Builds the program.</summary>
    /// <param name="notify">Numbers of the calls to intercept.</param>
    /// <param name="refuseIoUring">
    /// True to answer <c>io_uring_setup</c> with ENOSYS when a file or socket call is intercepted: ring operations pass by every rule.
    /// </param>
    /// <param name="exemptInstruction">Address after the one instruction whose calls always run; 0 for none.</param>
    public static SeccompFilter Build(IReadOnlyCollection<int> notify, bool refuseIoUring, ulong exemptInstruction)
    {
        var ring = refuseIoUring && notify.Any(SyscallShape.IsFileOrSocketCall) && SyscallTable.TryGetNumber("io_uring_setup", out var setup)
            && !notify.Contains(setup) ? setup : -1;
        return Build(RuntimeInformation.ProcessArchitecture, notify, ring, exemptInstruction);
    }

    /// <summary>Builds the program of one architecture.</summary>
    /// <param name="architecture">Architecture of the calls.</param>
    /// <param name="notify">Numbers of the calls to intercept.</param>
    /// <param name="refused">Number of the call that is answered with ENOSYS; -1 for none.</param>
    /// <param name="exemptInstruction">Address after the one instruction whose calls always run; 0 for none.</param>
    internal static SeccompFilter Build(Architecture architecture, IReadOnlyCollection<int> notify, int refused, ulong exemptInstruction)
    {
        var program = new Assembler();
        program.Emit(LoadAbsolute, ArchitectureOffset);
        program.JumpUnless(JumpEqual, AuditId(architecture), Label.Notify);
        program.Emit(LoadAbsolute, NumberOffset);
        if (architecture == Architecture.X64)
        {
            program.JumpIf(JumpGreaterOrEqual, ForeignAbiBit, Label.Notify);
        }

        if (refused >= 0)
        {
            program.JumpIf(JumpEqual, (uint)refused, Label.Refuse);
        }

        int[] sorted = [.. notify.Distinct().Order()];
        program.Search(sorted);
        return new SeccompFilter(program.Finish(exemptInstruction));
    }

    private static uint AuditId(Architecture architecture) => architecture == Architecture.Arm64 ? 0xC00000B7u : 0xC000003Eu;

    private enum Label
    {
        Allow,
        Notify,
        Refuse,
    }

    /// <summary>Collects instructions; jumps to the three endings are long jumps placed where needed, because short ones reach 255 only.</summary>
    private sealed class Assembler
    {
        private readonly List<(ushort Code, byte True, byte False, uint Operand)> _code = [];
        private readonly List<(int Index, Label Target)> _jumps = [];

        public void Emit(ushort code, uint operand) => _code.Add((code, 0, 0, operand));

        public void JumpIf(ushort test, uint operand, Label target)
        {
            _code.Add((test, 0, 1, operand));
            JumpTo(target);
        }

        public void JumpUnless(ushort test, uint operand, Label target)
        {
            _code.Add((test, 1, 0, operand));
            JumpTo(target);
        }

        /// <summary>Binary search over ascending numbers: log2(n) comparisons for every call of the service.</summary>
        public void Search(ReadOnlySpan<int> numbers)
        {
            if (numbers.IsEmpty)
            {
                JumpTo(Label.Allow);
                return;
            }

            if (numbers.Length == 1)
            {
                JumpIf(JumpEqual, (uint)numbers[0], Label.Notify);
                JumpTo(Label.Allow);
                return;
            }

            var middle = numbers.Length / 2;
            _code.Add((JumpGreaterOrEqual, 0, 1, (uint)numbers[middle]));
            var toUpper = _code.Count;
            _code.Add((JumpAlways, 0, 0, 0));
            Search(numbers[..middle]);
            _code[toUpper] = (JumpAlways, 0, 0, (uint)(_code.Count - toUpper - 1));
            Search(numbers[middle..]);
        }

        public byte[] Finish(ulong exempt)
        {
            var notify = _code.Count;
            if (exempt != 0)
            {
                Emit(LoadAbsolute, PointerOffset);
                _code.Add((JumpEqual, 0, 2, (uint)exempt));
                Emit(LoadAbsolute, PointerOffset + 4);
                _code.Add((JumpEqual, 1, 0, (uint)(exempt >> 32)));
            }

            Emit(Return, Notify);
            var allow = _code.Count;
            Emit(Return, Allow);
            var refuse = _code.Count;
            Emit(Return, NoSuchCall);
            foreach (var (index, target) in _jumps)
            {
                var end = target switch { Label.Allow => allow, Label.Notify => notify, _ => refuse };
                _code[index] = (JumpAlways, 0, 0, (uint)(end - index - 1));
            }

            var bytes = new byte[_code.Count * InstructionSize];
            for (var i = 0; i < _code.Count; i++)
            {
                var at = bytes.AsSpan(i * InstructionSize);
                BinaryPrimitives.WriteUInt16LittleEndian(at, _code[i].Code);
                at[2] = _code[i].True;
                at[3] = _code[i].False;
                BinaryPrimitives.WriteUInt32LittleEndian(at[4..], _code[i].Operand);
            }

            return bytes;
        }

        private void JumpTo(Label target)
        {
            _jumps.Add((_code.Count, target));
            _code.Add((JumpAlways, 0, 0, 0));
        }
    }
}
