using System.Diagnostics;
using System.Text.RegularExpressions;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

public sealed partial class SyscallTableTests
{
    private const string Arm64Headers =
        "#define __BITS_PER_LONG 64\n#define __ARCH_WANT_RENAMEAT\n#define __ARCH_WANT_NEW_STAT\n#define __ARCH_WANT_SET_GET_RLIMIT\n"
        + "#define __ARCH_WANT_SYS_CLONE3\n#include <asm-generic/unistd.h>\n";

    [Fact]
    public void X64_numbers_are_those_of_the_kernel_header() =>
        AssertMatchesHeader(SyscallsX64.Entries, "#include <asm/unistd_64.h>\n");

    [Fact]
    public void Arm64_numbers_are_those_of_the_generic_kernel_header() => AssertMatchesHeader(SyscallsArm64.Entries, Arm64Headers);

    [Fact]
    public void Arm64_numbers_are_those_of_its_own_kernel_header() => AssertMatchesHeader(
        SyscallsArm64.Entries, "#include <asm/unistd.h>\n", "-nostdinc", "-D__BITS_PER_LONG=64", "-isystem", "/usr/aarch64-linux-gnu/include");

    [Theory]
    [InlineData("sigaction", "rt_sigaction")]
    [InlineData("sigprocmask", "rt_sigprocmask")]
    [InlineData("sigreturn", "rt_sigreturn")]
    [InlineData("fstatat", "newfstatat")]
    public void Aliases_have_the_number_of_the_call_they_stand_for(string alias, string call)
    {
        Assert.True(SyscallTable.Exists(alias));
        Assert.Equal(ServiceFixture.Number(call), ServiceFixture.Number(alias));
        Assert.Equal(call, SyscallTable.NameOf(ServiceFixture.Number(alias)));
        Assert.Equal([call], SyscallFamilies.Expand(alias));
    }

    [Fact]
    public void Unknown_numbers_have_a_name_and_unknown_names_do_not_exist()
    {
        Assert.Equal("syscall_9999", SyscallTable.NameOf(9999));
        Assert.Equal("syscall_-1", SyscallTable.NameOf(-1));
        Assert.False(SyscallTable.Exists("wrte"));
        Assert.Empty(SyscallFamilies.Expand("wrte"));
    }

    [Theory]
    [InlineData("write", "write writev pwrite64 pwritev pwritev2", "write writev pwrite64")]
    [InlineData("openat", "openat open openat2 creat", "openat")]
    [InlineData("fsync", "fsync fdatasync sync_file_range syncfs", "fsync fdatasync")]
    [InlineData("sendto", "sendto sendmsg sendmmsg", "sendto sendmsg")]
    [InlineData("connect", "connect", "connect")]
    public void Families_name_their_base_members_first(string keyword, string members, string baseMembers)
    {
        // Calls that the running architecture does not have contribute nothing.
        string[] Present(string names) => [.. names.Split(' ').Where(n => SyscallTable.TryGetNumber(n, out _))];

        Assert.Equal(Present(members), SyscallFamilies.Expand(keyword));
        Assert.Equal(Present(baseMembers), SyscallFamilies.BaseMembers(keyword));
    }

    [Fact]
    public void Common_keywords_exist_and_keep_their_order()
    {
        Assert.Equal("write read connect openat fsync sendto recvfrom", string.Join(' ', SyscallFamilies.CommonKeywords.Take(7)));
        Assert.Equal(15, SyscallFamilies.CommonKeywords.Count);
        Assert.All(SyscallFamilies.CommonKeywords, keyword => Assert.True(SyscallTable.Exists(keyword)));
    }

    [Fact]
    public void Errnos_are_those_of_the_kernel_with_the_text_of_the_c_library()
    {
        var defined = Definitions("#include <errno.h>\n", [], "E[A-Z0-9]+").ToDictionary(d => d.Name, d => d.Number);
        Assert.NotEmpty(defined);
        foreach (var (name, number) in defined)
        {
            Assert.True(Errno.TryParse(name, out var errno), name);
            Assert.Equal(number, errno.Number);
        }

        foreach (var errno in Errno.All)
        {
            var text = System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno.Number);
            Assert.Equal(text, errno.Message, ignoreCase: true);
        }
    }

    [Fact]
    public void Errno_names_ignore_case_and_unknown_numbers_have_a_text()
    {
        Assert.True(Errno.TryParse("enospc", out var errno));
        Assert.Equal(new Errno(28, "ENOSPC", "no space left on device"), errno);
        Assert.Equal("input/output error", Errno.FromNumber(5).Message);
        Assert.Equal("errno 4000", Errno.FromNumber(4000).Name);
        Assert.False(Errno.TryParse("EBOGUS", out _));
    }

    private static void AssertMatchesHeader(IEnumerable<(string Name, int Number)> table, string header, params string[] options)
    {
        var defined = Definitions(header, options, "__NR_[a-z0-9_]+").ToDictionary(d => d.Name["__NR_".Length..], d => d.Number);
        Assert.NotEmpty(defined);
        foreach (var (name, number) in table)
        {
            // Headers older than a call lack it; those that have it must agree.
            if (defined.TryGetValue(name, out var expected))
            {
                Assert.True(expected == number, $"{name} is {number} here and {expected} in the header");
            }
        }

        Assert.True(table.Count(e => defined.ContainsKey(e.Name)) > 100);
    }

    /// <summary>The macros a header defines, with their values.</summary>
    private static IEnumerable<(string Name, int Number)> Definitions(string header, string[] options, string pattern)
    {
        using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-E", "-dM", .. options, "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        compiler.StandardInput.Write(header);
        compiler.StandardInput.Close();
        var macros = DefinitionPattern().Matches(compiler.StandardOutput.ReadToEnd()).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        foreach (var name in macros.Keys.Where(n => Regex.IsMatch(n, $"^{pattern}$")))
        {
            var value = macros[name];
            while (macros.TryGetValue(value, out var next))
            {
                value = next;
            }

            if (int.TryParse(value, out var number))
            {
                yield return (name, number);
            }
        }
    }

    [GeneratedRegex(@"^#define (\w+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex DefinitionPattern();
}
