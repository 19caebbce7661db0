using System.Buffers.Binary;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7fff0000;
    private const uint Notify = 0x7fc00000;
    private const uint NoSuchCall = 0x00050000 | 38;
    private const uint ForeignArchitecture = 0x40000003;
    private const ulong Exempt = 0x12_3456_789A;
    private const int HighestNumber = 600;

    public static TheoryData<string> Selections => new("", "write", "write read", "getppid", "io_uring_setup write", "everything");

    [Theory]
    [MemberData(nameof(Selections))]
    public void Exactly_the_chosen_numbers_are_sent_to_the_listener(string selection)
    {
        int[] chosen = Choose(selection);
        var filter = SeccompFilter.Build(chosen, refuseIoUring: false, Exempt);

        for (var number = 0; number <= HighestNumber; number++)
        {
            Assert.Equal(chosen.Contains(number) ? Notify : Allow, Run(filter, number, SeccompFilter.NativeArchitecture, 0x1000));
        }
    }

    [Theory]
    [InlineData(Exempt, Allow)]
    [InlineData(Exempt + (1UL << 32), Notify)]
    [InlineData(Exempt + 1, Notify)]
    [InlineData(Exempt & 0xFFFFFFFF, Notify)]
    public void Only_the_whole_address_of_the_exempt_instruction_passes(ulong instruction, uint expected)
    {
        var filter = SeccompFilter.Build(Choose("write"), refuseIoUring: true, Exempt);

        Assert.Equal(expected, Run(filter, ServiceFixture.Number("write"), SeccompFilter.NativeArchitecture, instruction));
    }

    [Fact]
    public void Calls_of_other_calling_conventions_pass()
    {
        var write = ServiceFixture.Number("write");
        var filter = SeccompFilter.Build(Choose("everything"), refuseIoUring: true, Exempt);

        Assert.Equal(Allow, Run(filter, write, ForeignArchitecture, 0x1000));
        Assert.Equal(Allow, Run(filter, write | 0x40000000, SeccompFilter.NativeArchitecture, 0x1000));
    }

    [Theory]
    [InlineData("write", NoSuchCall)]
    [InlineData("connect", NoSuchCall)]
    [InlineData("getppid", Allow)]
    [InlineData("io_uring_setup write", Notify)]
    public void Rings_are_refused_next_to_file_and_socket_calls_unless_they_are_chosen_themselves(string selection, uint expected)
    {
        var filter = SeccompFilter.Build(Choose(selection), refuseIoUring: true, Exempt);

        Assert.Equal(expected, Run(filter, ServiceFixture.Number("io_uring_setup"), SeccompFilter.NativeArchitecture, 0x1000));
    }

    [Fact]
    public void Search_takes_a_logarithmic_number_of_comparisons()
    {
        int[] chosen = [.. Enumerable.Range(0, 32).Select(i => i * 3)];
        var filter = SeccompFilter.Build(chosen, refuseIoUring: false, Exempt);

        var most = Enumerable.Range(0, 100).Max(number => ComparisonsOf(filter, number));

        // Architecture, foreign calls, five levels of the tree, the leaf, and for a chosen number two halves of the address.
        Assert.InRange(most, 1, 10);
    }

    private static int[] Choose(string selection) => selection == "everything"
        ? [.. Enumerable.Range(0, HighestNumber + 1).Where(n => n % 3 != 1)]
        : [.. selection.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(SyscallFamilies.Expand).Select(ServiceFixture.Number)];

    private static uint Run(SeccompFilter filter, int number, uint architecture, ulong instruction) =>
        Interpret(filter, number, architecture, instruction).Verdict;

    private static int ComparisonsOf(SeccompFilter filter, int number) =>
        Interpret(filter, number, SeccompFilter.NativeArchitecture, Exempt + 1).Comparisons;

    /// <summary>Classic BPF as the kernel runs it on <c>struct seccomp_data</c>: load word, jump, compare, return.</summary>
    private static (uint Verdict, int Comparisons) Interpret(SeccompFilter filter, int number, uint architecture, ulong instruction)
    {
        Span<byte> data = stackalloc byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        BinaryPrimitives.WriteUInt64LittleEndian(data[8..], instruction);

        var program = filter.Program.Span;
        var accumulator = 0u;
        var comparisons = 0;
        for (var at = 0; ; at++)
        {
            var step = program.Slice(at * 8, 8);
            var operand = BinaryPrimitives.ReadUInt32LittleEndian(step[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(step))
            {
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)operand..]);
                    break;
                case 0x05:
                    at += (int)operand;
                    break;
                case 0x15:
                    comparisons++;
                    at += accumulator == operand ? step[2] : step[3];
                    break;
                case 0x35:
                    comparisons++;
                    at += accumulator >= operand ? step[2] : step[3];
                    break;
                case 0x06:
                    return (operand, comparisons);
                case var code:
                    throw new InvalidOperationException($"instruction {at} has the unknown code 0x{code:x}");
            }
        }
    }
}
