using System.Buffers.Binary;
using System.Runtime.InteropServices;
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
    public void Calls_of_other_calling_conventions_are_sent_to_the_listener_whatever_their_number()
    {
        var write = ServiceFixture.Number("write");
        var filter = SeccompFilter.Build(Choose("read"), refuseIoUring: true, Exempt);

        Assert.Equal(Notify, Run(filter, write, ForeignArchitecture, 0x1000));
        Assert.Equal(Notify, Run(filter, write | 0x40000000, SeccompFilter.NativeArchitecture, 0x1000));
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

    [Theory]
    [InlineData(Architecture.X64, 0xC000003E, 0xC00000B7)]
    [InlineData(Architecture.Arm64, 0xC00000B7, 0xC000003E)]
    public void Each_architecture_has_its_numbers_and_sends_every_call_of_the_other(Architecture architecture, uint own, uint other)
    {
        var table = (architecture == Architecture.Arm64 ? SyscallsArm64.Entries : SyscallsX64.Entries).ToArray();
        int[] chosen = [.. table.Where(e => SyscallFamilies.Expand("write").Contains(e.Name)).Select(e => e.Number)];
        var ring = table.Single(e => e.Name == "io_uring_setup").Number;
        var filter = SeccompFilter.Build(architecture, chosen, ring, Exempt);

        Assert.Equal(5, chosen.Length);
        foreach (var (name, number) in table)
        {
            var expected = chosen.Contains(number) ? Notify : name == "io_uring_setup" ? NoSuchCall : Allow;
            Assert.Equal(expected, Run(filter, number, own, 0x1000));
            Assert.Equal(Notify, Run(filter, number, other, 0x1000));
            Assert.Equal(name == "io_uring_setup" ? NoSuchCall : Allow, Run(filter, number, own, Exempt));
        }
    }

    [Theory]
    [InlineData(
        Architecture.X64,
        "20 0 0 4 | 15 1 0 c000003e | 5 0 0 d | 20 0 0 0 | 35 0 1 40000000 | 5 0 0 a | 15 0 1 1a9 | 5 0 0 e | 35 0 1 2c | 5 0 0 3 | 15 0 1 1 | 5 0 0 4 | "
        + "5 0 0 8 | 15 0 1 2c | 5 0 0 1 | 5 0 0 5 | 20 0 0 8 | 15 0 2 3456789a | 20 0 0 c | 15 1 0 12 | 6 0 0 7fc00000 | 6 0 0 7fff0000 | 6 0 0 50026")]
    [InlineData(
        Architecture.Arm64,
        "20 0 0 4 | 15 1 0 c00000b7 | 5 0 0 b | 20 0 0 0 | 15 0 1 1a9 | 5 0 0 e | 35 0 1 ce | 5 0 0 3 | 15 0 1 40 | 5 0 0 4 | "
        + "5 0 0 8 | 15 0 1 ce | 5 0 0 1 | 5 0 0 5 | 20 0 0 8 | 15 0 2 3456789a | 20 0 0 c | 15 1 0 12 | 6 0 0 7fc00000 | 6 0 0 7fff0000 | 6 0 0 50026")]
    public void Listing_of_a_filter_is_known(Architecture architecture, string listing)
    {
        // write and sendto, and io_uring_setup refused; code, jumps and operand of each instruction in hexadecimal.
        int[] numbers = architecture == Architecture.Arm64 ? [64, 206] : [1, 44];
        var program = SeccompFilter.Build(architecture, numbers, refused: 425, Exempt).Program.ToArray();

        Assert.Equal(listing, string.Join(" | ", program.Chunk(8).Select(i => $"{BitConverter.ToUInt16(i):x} {i[2]} {i[3]} {BitConverter.ToUInt32(i, 4):x}")));
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
