"""A small random model over bytes, which stands in for a real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

# Matrices this small lose time to threads, the more so on a busy machine.
torch.set_num_threads(1)

CHAT_TEMPLATE = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}\n{% endfor %}<assistant>"


def toy_tokenizer(*, merges: tuple[tuple[str, str], ...] = (), chat: bool = False) -> Any:
    """Return a byte-level tokenizer: 256 bytes, then what the merges make, then ``<bos>`` and ``<eos>``."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {text: token for token, text in enumerate([*alphabet, *("".join(merge) for merge in merges)])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<bos>", "<eos>"])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>")
    fast.chat_template = CHAT_TEMPLATE if chat else None
    return fast


def toy_model(tokenizer: Any, *, seed: int = 0, padding: int = 0, positions: int = 4096, **config: Any) -> Any:
    """Return a random model with a logit for each of the tokenizer's tokens, and ``padding`` more."""
    torch.manual_seed(seed)
    shape = {
        "vocab_size": len(tokenizer) + padding,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": positions,
        # Large weights: the next token depends on the text, not on the last token alone.
        "initializer_range": 0.3,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    return LlamaForCausalLM(LlamaConfig(**(shape | config))).eval()


def write_toy_gguf(path: Path, *, seed: int) -> tuple[Any, Any]:
    """Write a toy model in the layout of llama.cpp's converter; return the model and its tokenizer."""
    tokenizer = toy_tokenizer(merges=(("a", "b"),), chat=True)
    model = toy_model(tokenizer, seed=seed)
    config = model.config
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    # transformers adds this token of GPT-2's to every such tokenizer that lacks it.
    names = {"<eos>": "<|endoftext|>"}
    texts = [names.get(text, text) for text, _ in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])]
    writer.add_token_list(texts)
    writer.add_token_types([3 if text in ("<bos>", "<|endoftext|>") else 1 for text in texts])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_chat_template(CHAT_TEMPLATE)
    names_there = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, weight in model.state_dict().items():
        rotated = next((count for part, count in heads.items() if part in name), None)
        if rotated:  # the two halves of a head's rotary dimensions are interleaved there
            weight = weight.unflatten(0, (rotated, 2, -1)).swapaxes(1, 2).flatten(0, 2)
        writer.add_tensor(names_there.get_name(name, try_suffixes=(".weight",)), np.ascontiguousarray(weight.numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model, tokenizer
