using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Faultbox.Linux.Native;

/// <summary>A signal that reached this process.</summary>
/// <param name="Number">Its number.</param>
/// <param name="ByKernel">
/// True when the kernel sent it, as it does to the whole foreground group of a terminal; false when a process sent it to this one.
/// </param>
public readonly record struct ReceivedSignal(int Number, bool ByKernel);

/// <summary>
/// Receives signals together with their origin, which the runtime's own registration keeps to itself. The handler is a few instructions
/// that write the kernel's <c>siginfo_t</c> to a pipe, because nothing else of this process may run in a handler.
/// </summary>
public sealed unsafe class SignalWatch : IDisposable
{
    private const int InformationSize = 128;
    private const int CodeOffset = 8;
    private const int CodeOfKernel = 0x80;
    private const int WithInformation = 4;
    private const int OnAlternateStack = 0x08000000;
    private const int RestartCalls = 0x10000000;

    private const int Readable = 1;
    private const int Writable = 2;
    private const int Executable = 4;
    private const int PrivateAnonymous = 0x22;
    private const int PageSize = 4096;
    private const int SetStatus = 4;

    private readonly List<(int Signal, SignalDisposition Previous)> _replaced = [];

    /// <summary>Starts to receive signals; one that this process was started to ignore stays ignored.</summary>
    /// <param name="signals">Numbers of the signals.</param>
    /// <param name="received">Told of each, in order, on a thread of its own.</param>
    /// <exception cref="IOException">The kernel refuses the pipe or the page of the handler.</exception>
    public SignalWatch(IEnumerable<int> signals, Action<ReceivedSignal> received)
    {
        // Neither pipe nor page is ever given back: a handler may be at work when this object is done with.
        var ends = stackalloc int[2];
        Check(Libc.Pipe2(ends, Kernel.CloseOnExec), "pipe2");
        Check(Libc.Control(ends[1], SetStatus, Kernel.NonBlocking), "fcntl");
        var handler = Place(Handler(ends[1]));
        var source = ends[0];
        new Thread(() => Listen(source, received), 128 * 1024) { IsBackground = true, Name = "signals" }.Start();
        foreach (var signal in signals)
        {
            SignalDisposition previous;
            if (Libc.SignalAction(signal, null, &previous) == 0 && previous.Handler != SignalDisposition.Ignored)
            {
                var disposition = new SignalDisposition { Handler = handler, Flags = WithInformation | OnAlternateStack | RestartCalls };
                _ = Libc.SignalAction(signal, &disposition, null);
                _replaced.Add((signal, previous));
            }
        }
    }

    /// <summary>Gives the signals back to whoever had them.</summary>
    public void Dispose()
    {
        foreach (var (signal, previous) in _replaced)
        {
            var disposition = previous;
            _ = Libc.SignalAction(signal, &disposition, null);
        }
    }

    /// <summary>The handler: <c>write(pipe, information, 128)</c>; a full pipe loses the signal.</summary>
    private static byte[] Handler(int pipe)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
        {
            byte[] code =
            [
                0xBF, 0x00, 0x00, 0x00, 0x00, // mov edi, pipe; rsi is the information
                0xBA, 0x80, 0x00, 0x00, 0x00, // mov edx, 128
                0xB8, 0x01, 0x00, 0x00, 0x00, // mov eax, 1 (write)
                0x0F, 0x05, // syscall
                0xC3, // ret
            ];
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(1), pipe);
            return code;
        }

        ReadOnlySpan<uint> words =
        [
            0x52800000 | ((uint)pipe << 5), // movz w0, #pipe; x1 is the information
            0xD2801002, // movz x2, #128
            0xD2800808, // movz x8, #64 (write)
            0xD4000001, // svc #0
            0xD65F03C0, // ret
        ];
        return MemoryMarshal.AsBytes(words).ToArray();
    }

    private static nint Place(ReadOnlySpan<byte> code)
    {
        var page = Libc.Map(0, PageSize, Readable | Writable, PrivateAnonymous, -1, 0);
        Check(page == -1 ? -1 : 0, "mmap");
        code.CopyTo(new Span<byte>((void*)page, PageSize));
        Check(Libc.Protect(page, PageSize, Readable | Executable), "mprotect");
        return page;
    }

    private static void Listen(int source, Action<ReceivedSignal> received)
    {
        var information = stackalloc byte[InformationSize];
        var bytes = new ReadOnlySpan<byte>(information, InformationSize);
        while (true)
        {
            if (Libc.Read(source, information, InformationSize) == InformationSize)
            {
                var code = BinaryPrimitives.ReadInt32LittleEndian(bytes[CodeOffset..]);
                received(new ReceivedSignal(BinaryPrimitives.ReadInt32LittleEndian(bytes), code == CodeOfKernel));
            }
        }
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
