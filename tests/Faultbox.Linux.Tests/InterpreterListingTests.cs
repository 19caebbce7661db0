using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Tests;

/// <summary>The launcher's code is written as bytes with its assembly beside them; both must say the same.</summary>
public sealed partial class InterpreterListingTests
{
    private static readonly byte[] Placeholder = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11];

    [Theory]
    [InlineData("InterpreterX64.cs", "as", ".intel_syntax noprefix")]
    [InlineData("InterpreterArm64.cs", "aarch64-linux-gnu-as", ".text")]
    public void Assembled_listing_gives_the_bytes(string file, string assembler, string header)
    {
        var lines = ListingOf(file);
        var assembly = string.Join('\n', lines.Select(AssemblyOf).OfType<string>().Prepend(header)) + "\n";
        byte[] written = [.. lines.SelectMany(BytesOf)];

        if (!IsInstalled(assembler))
        {
            // Without the assembler of that architecture the listing can still be held against itself.
            Assert.Equal(written, CodeOf(file));
            return;
        }

        Assert.Equal(Convert.ToHexString(Assemble(assembler, assembly)), Convert.ToHexString(CodeOf(file)));
        Assert.Equal(written, CodeOf(file));
    }

    [Theory]
    [InlineData("InterpreterX64.cs")]
    [InlineData("InterpreterArm64.cs")]
    public void Offsets_beside_the_bytes_are_true(string file)
    {
        var at = 0;
        foreach (var line in ListingOf(file).Where(l => l.TrimStart().StartsWith("0x", StringComparison.Ordinal)))
        {
            Assert.Equal(at, int.Parse(OffsetPattern().Match(line).Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            at += BytesOf(line).Count();
        }
    }

    [Fact]
    public void Fields_and_call_sites_are_where_the_constants_say()
    {
        Assert.Equal(Placeholder, InterpreterX64.Code.Slice(InterpreterX64.TableFieldOffset, 8).ToArray());
        Assert.Equal(Placeholder, InterpreterArm64.Code.Slice(InterpreterArm64.TableFieldOffset, 8).ToArray());

        // syscall and svc #0 end at the call site, and occur nowhere else.
        Assert.Equal(new byte[] { 0x0F, 0x05 }, InterpreterX64.Code.Slice(InterpreterX64.CallSiteOffset - 2, 2).ToArray());
        Assert.Equal(InterpreterX64.CallSiteOffset - 2, InterpreterX64.Code.IndexOf<byte>([0x0F, 0x05]));
        Assert.Equal(new byte[] { 0x01, 0x00, 0x00, 0xD4 }, InterpreterArm64.Code.Slice(InterpreterArm64.CallSiteOffset - 4, 4).ToArray());
        Assert.Equal(InterpreterArm64.CallSiteOffset - 4, InterpreterArm64.Code.IndexOf<byte>([0x01, 0x00, 0x00, 0xD4]));
    }

    [Fact]
    public void Images_of_both_architectures_have_code_and_data_in_separate_segments()
    {
        foreach (var (code, machine) in new[] { (InterpreterCode.X64, 62), (InterpreterCode.Arm64, 183) })
        {
            var image = new LauncherImage(code);
            image.Text("data");
            var file = image.Build();

            Assert.Equal([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1], file[..7]);
            Assert.Equal(machine, BitConverter.ToUInt16(file, 18));
            Assert.Equal(5u, BitConverter.ToUInt32(file, 64 + 4));
            Assert.Equal(6u, BitConverter.ToUInt32(file, 64 + 56 + 4));
        }
    }

    private static byte[] CodeOf(string file) =>
        file == "InterpreterX64.cs" ? InterpreterX64.Code.ToArray() : InterpreterArm64.Code.ToArray();

    private static string[] ListingOf(string file, [CallerFilePath] string here = "") =>
        [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "../../src/Faultbox.Linux/Shim", file))
            .SkipWhile(l => l.Trim() != "[")
            .Skip(1)
            .TakeWhile(l => l.Trim() != "];")];

    private static IEnumerable<byte> BytesOf(string line) =>
        BytePattern().Matches(line.Split("//")[0]).Select(m => byte.Parse(m.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    /// <summary>A label or an instruction; null for a comment.</summary>
    private static string? AssemblyOf(string line)
    {
        var comment = line[(line.IndexOf("//", StringComparison.Ordinal) + 2)..].Trim();
        return line.TrimStart().StartsWith("0x", StringComparison.Ordinal)
            ? comment.Split(' ', 2)[1].Trim()
            : LabelPattern().Match(comment) is { Success: true } label ? label.Value : null;
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':')
        .Any(directory => File.Exists(Path.Combine(directory, program)));

    private static byte[] Assemble(string assembler, string assembly)
    {
        var directory = Directory.CreateTempSubdirectory("faultbox-listing-").FullName;
        try
        {
            var (source, built, binary) = ($"{directory}/code.s", $"{directory}/code.o", $"{directory}/code.bin");
            File.WriteAllText(source, assembly);
            Execute(assembler, ["-o", built, source]);
            Execute(assembler[..^2] + "objcopy", ["-O", "binary", "-j", ".text", built, binary]);
            return File.ReadAllBytes(binary);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Execute(string program, string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [GeneratedRegex("0x([0-9A-F]{2})")]
    private static partial Regex BytePattern();

    [GeneratedRegex("// ([0-9a-f]{3})  ")]
    private static partial Regex OffsetPattern();

    [GeneratedRegex("^[a-z]+:")]
    private static partial Regex LabelPattern();
}
