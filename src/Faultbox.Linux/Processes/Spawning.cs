using System.Runtime.InteropServices;
using System.Text;
using Faultbox.Linux.Native;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>
/// Starts a launcher image with given descriptors, default signals and all of them blocked: what a service sends to its process group, or a
/// terminal to its foreground one, does not end the processes that answer for the service. The service itself unblocks them.
/// </summary>
internal static unsafe class Spawning
{
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    private const uint MemoryFileCloseOnExec = 1;
    private const uint MemoryFileExecutable = 0x10;
    private const int DuplicateCloseOnExec = 1030;

    // Above every descriptor the launcher is given, so that placing those does not replace it.
    private const int LowestImageDescriptor = 10;

    // Larger than posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t of every C library.
    private const int OpaqueSize = 1024;

    /// <summary>Starts an image and returns its process id.</summary>
    /// <param name="image">The executable's bytes; never written to a disk.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="channels">Its standard streams and its end of the lifeline.</param>
    /// <param name="sharesTerminal">
    /// False for a session of its own; true for the session and the process group of this process, and what this process was started to
    /// ignore stays ignored.
    /// </param>
    /// <exception cref="IOException">The process could not be started.</exception>
    public static int Start(ReadOnlySpan<byte> image, IReadOnlyList<string> environment, ServiceChannels channels, bool sharesTerminal = false)
    {
        using var file = CreateImageFile(image);
        var path = $"/proc/self/fd/{(int)file.DangerousGetHandle()}";
        byte* actions = stackalloc byte[OpaqueSize];
        byte* attributes = stackalloc byte[OpaqueSize];
        byte* signals = stackalloc byte[OpaqueSize];
        _ = Libc.ActionsInit(actions);
        _ = Libc.AttributesInit(attributes);
        var arguments = new NativeStrings(["faultbox"]);
        var variables = new NativeStrings(environment);
        try
        {
            if (channels.Input is { } input)
            {
                _ = Libc.ActionsAddDup2(actions, (int)input.DangerousGetHandle(), 0);
            }
            else
            {
                _ = Libc.ActionsAddOpen(actions, 0, "/dev/null", 0, 0);
            }

            _ = Libc.ActionsAddDup2(actions, (int)channels.OutputWrite.DangerousGetHandle(), 1);
            _ = Libc.ActionsAddDup2(actions, (int)channels.ErrorWrite.DangerousGetHandle(), 2);
            _ = Libc.ActionsAddDup2(actions, (int)channels.LauncherLifeline.DangerousGetHandle(), LauncherProgram.Lifeline);
            _ = Libc.FillSignals(signals);
            _ = Libc.AttributesSetSignalMask(attributes, signals);
            if (sharesTerminal)
            {
                KeepIgnored(signals);
            }

            _ = Libc.AttributesSetSignalDefaults(attributes, signals);
            _ = Libc.AttributesSetFlags(attributes, (short)(SetSignalDefaults | SetSignalMask | (sharesTerminal ? 0 : SetSession)));
            var failure = Libc.Spawn(out var pid, path, actions, attributes, arguments.Pointer, variables.Pointer);
            return failure == 0 ? pid : throw Failure("posix_spawn", failure);
        }
        finally
        {
            _ = Libc.ActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            arguments.Free();
            variables.Free();
        }
    }

    /// <summary>Takes out of a set what nohup(1) and the shells' background jobs ignore; the set is a bit per signal, from 1 on.</summary>
    private static void KeepIgnored(byte* signals)
    {
        foreach (var signal in (ReadOnlySpan<int>)[Kernel.SignalHangup, Kernel.SignalInterrupt, Kernel.SignalQuit])
        {
            SignalDisposition current;
            if (Libc.SignalAction(signal, null, &current) == 0 && current.Handler == SignalDisposition.Ignored)
            {
                signals[(signal - 1) / 8] &= (byte)~(1 << ((signal - 1) % 8));
            }
        }
    }

    private static SafeFileHandle CreateImageFile(ReadOnlySpan<byte> image)
    {
        var descriptor = Libc.MemoryFile("faultbox", MemoryFileCloseOnExec | MemoryFileExecutable);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == Kernel.EINVAL)
        {
            // Kernels before 6.3 do not know the flag; there, every memory file may be executed.
            descriptor = Libc.MemoryFile("faultbox", MemoryFileCloseOnExec);
        }

        if (descriptor < 0)
        {
            throw Failure("memfd_create", Marshal.GetLastPInvokeError());
        }

        using var low = new SafeFileHandle(descriptor, ownsHandle: true);
        var placed = Libc.Control(descriptor, DuplicateCloseOnExec, LowestImageDescriptor);
        if (placed < 0)
        {
            throw Failure("fcntl", Marshal.GetLastPInvokeError());
        }

        var file = new SafeFileHandle(placed, ownsHandle: true);
        RandomAccess.Write(file, image, 0);
        return file;
    }

    private static IOException Failure(string call, int number)
    {
        var errno = Errno.FromNumber(number);
        return new IOException($"{call}: {errno.Name} {errno.Message}");
    }

    /// <summary>A NULL terminated array of C strings in unmanaged memory.</summary>
    private readonly struct NativeStrings
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> values)
        {
            _count = values.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(values.Count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < values.Count; i++)
            {
                var size = Encoding.UTF8.GetByteCount(values[i]);
                Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)size + 1);
                Encoding.UTF8.GetBytes(values[i], new Span<byte>(Pointer[i], size));
            }
        }

        public byte** Pointer { get; }

        public void Free()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
